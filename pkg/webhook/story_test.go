package webhook_test

import (
	"context"
	"encoding/binary"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/dns/dnsmessage"

	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/dispatch"
	"github.com/outcry/outcry/pkg/httpapi"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/notify"
	"github.com/outcry/outcry/pkg/webhook"
)

// clock is a virtual clock that handlers may read while the test sets it.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// TestBadReceiversGetEachMessageOnceTheyCan has six receivers behave badly for an
// hour of a virtual clock, over real connections, while an outage comes and goes.
func TestBadReceiversGetEachMessageOnceTheyCan(t *testing.T) {
	c := &clock{at: noon}
	isBad := func() bool { return c.Now().Before(noon.Add(time.Hour)) }
	release := make(chan struct{})
	defer close(release)
	target := newInbox(t, nil)
	receivers := map[string]*inbox{
		"good": newInbox(t, nil),
		"fails": newInbox(t, func(w http.ResponseWriter, _ *http.Request) {
			if isBad() {
				w.WriteHeader(http.StatusInternalServerError)
			}
		}),
		"is slow": newInbox(t, func(_ http.ResponseWriter, r *http.Request) {
			select { // slower than all others, but within the time
			case <-time.After(20 * time.Millisecond):
			case <-r.Context().Done():
			}
		}),
		"redirects to loopback": newInbox(t, func(w http.ResponseWriter, r *http.Request) {
			if isBad() {
				http.Redirect(w, r, "http://127.0.0.2:1/", http.StatusPermanentRedirect)
			}
		}),
		"redirects to another server": newInbox(t, func(w http.ResponseWriter, r *http.Request) {
			if isBad() {
				http.Redirect(w, r, target.URL, http.StatusFound)
			}
		}),
		"never answers": newInbox(t, func(_ http.ResponseWriter, r *http.Request) {
			if isBad() {
				select {
				case <-release:
				case <-r.Context().Done():
				}
			}
		}),
	}
	desk, a := newDesk(t, loopback...)
	ids := map[string]string{}
	create := func(name, address string) {
		t.Helper()
		s, _, err := desk.Create(t.Context(), admin, webhook.Wish{URL: address, From: "warning"}, noon)
		if err != nil {
			t.Fatal(err)
		}
		ids[name] = s.ID
	}
	for name, in := range receivers {
		create(name, in.URL)
	}
	create("resolves to a private address", "https://private.example/")

	resolver, asked := resolverOf("10.1.2.3")
	p := webhook.New(webhook.Options{Incident: httpapi.Incident, Allow: loopback, Timeout: 200 * time.Millisecond, Resolver: resolver})
	d := dispatch.New(dispatch.Options{
		Outbox: a, Channels: map[string]notify.Channel{webhook.Channel: p}, Key: desk.Key, About: func(string) notify.About { return notify.About{} },
		Word: func(m notify.Message, _ string) notify.Text { return notify.Text{Title: string(m.Kind)} }, Log: slog.New(slog.DiscardHandler), Now: c.Now,
	})
	run := func(span, step time.Duration) {
		t.Helper()
		for end := c.Now().Add(span); c.Now().Before(end); c.add(step) {
			if err := d.Tick(t.Context(), c.Now()); err != nil {
				t.Fatal(err)
			}
			if err := d.Settle(t.Context(), c.Now()); err != nil {
				t.Fatal(err)
			}
		}
	}
	in := outage()
	in.Version, in.State, in.Level, in.Declared = 1, incident.Suspected, detect.Warning, time.Time{}
	save := func() {
		t.Helper()
		in.Updated = c.Now()
		if _, err := a.SaveIncident(t.Context(), in, nil, nil); err != nil {
			t.Fatal(err)
		}
		in.Version++
	}
	save()
	run(10*time.Minute, 30*time.Second)
	in.State, in.Level, in.Declared = incident.Confirmed, detect.Outage, c.Now()
	save()
	run(80*time.Minute, 30*time.Second)
	in.State, in.Level, in.Resolved = incident.Resolved, detect.OK, c.Now()
	save()
	run(2*time.Hour, 30*time.Second)

	for name, r := range receivers {
		var arrived, all []string
		for _, got := range r.requests() {
			id := got.header.Get("webhook-id")
			if len(all) == 0 || all[len(all)-1] != id {
				all = append(all, id)
			}
		}
		log, err := a.Deliveries(t.Context(), ids[name], 0, 200)
		if err != nil {
			t.Fatal(err)
		}
		for i := range log {
			if l := log[len(log)-1-i]; l.Outcome.Result == notify.Delivered {
				arrived = append(arrived, string(l.Kind))
			}
		}
		if diff := cmp.Diff([]string{"suspected", "confirmed", "resolved"}, arrived); diff != "" {
			t.Errorf("what arrived at the receiver that %s (-want +got):\n%s", name, diff)
		}
		if len(all) != 3 {
			t.Errorf("the receiver that %s got the IDs %v, want three, one after the other", name, all)
		}
	}
	if n := len(target.requests()); n != 0 {
		t.Errorf("%d requests arrived at the target of a redirect, want none", n)
	}
	if asked.Load() == 0 {
		t.Error("no name was resolved: the test does not see the resolver")
	}
	waiting, err := a.Messages(t.Context(), ids["resolves to a private address"], archive.MessageWaiting, 10)
	if err != nil || len(waiting) != 1 || !strings.Contains(waiting[0].Detail, "not public") || waiting[0].Attempts < 5 {
		t.Errorf("the messages to a private address are %+v, %v; want one that waits, tried again and again", waiting, err)
	}
}

// resolverOf returns a resolver that answers every name with one address, and what
// counts the questions.
func resolverOf(address string) (*net.Resolver, *atomic.Int64) {
	asked := new(atomic.Int64)
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go func() { // ends with the question
			defer server.Close()
			asked.Add(1)
			answerName(server, netip.MustParseAddr(address).As4())
		}()
		return client, nil
	}}, asked
}

// answerName answers one question of DNS over a stream.
func answerName(conn net.Conn, address [4]byte) {
	var length uint16
	if binary.Read(conn, binary.BigEndian, &length) != nil {
		return
	}
	question := make([]byte, length)
	if _, err := io.ReadFull(conn, question); err != nil {
		return
	}
	var m dnsmessage.Message
	if m.Unpack(question) != nil || len(m.Questions) == 0 {
		return
	}
	m.Response = true
	q := m.Questions[0]
	m.Additionals = nil
	if q.Type == dnsmessage.TypeA {
		m.Answers = []dnsmessage.Resource{{Header: dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, TTL: 1}, Body: &dnsmessage.AResource{A: address}}}
	}
	if answer, err := m.Pack(); err == nil {
		conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(answer))), answer...))
	}
}
