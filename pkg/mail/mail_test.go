package mail

import (
	"bytes"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/dispatch"
	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/notify"
	"github.com/outcry/outcry/pkg/publicurl"
	"github.com/outcry/outcry/pkg/seal"
)

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

// reader is who asks to be told.
const reader = "Telltale.Reader@example.org"

// world is an archive, a dispatcher on a virtual clock, and an SMTP server.
type world struct {
	t       *testing.T
	archive *archive.Archive
	folder  string
	now     time.Time
	desk    *Desk
	server  *smtpServer
	log     bytes.Buffer
	*dispatch.Dispatcher
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, folder: t.TempDir(), now: noon, server: newSMTPServer(t)}
	var err error
	if w.archive, err = archive.Open(t.Context(), filepath.Join(w.folder, "outcry.db"), archive.Options{Relaxed: true}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.archive.Close(); err != nil {
			t.Error(err)
		}
	})
	key, err := seal.New(strings.Repeat("k", seal.MinLength))
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(w.server.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	server, err := ParseServer("smtp://127.0.0.1:" + port)
	if err != nil {
		t.Fatal(err)
	}
	w.desk = &Desk{Store: w.archive, Links: Links{Key: key, Home: publicurl.URL{Origin: "https://outcry.example", Base: "/status"}}}
	sender := &Sender{Options{Server: server, From: "Outcry <news@outcry.example>", Links: w.desk.Links, Words: func(service, language string) Words {
		return Words{Subject: "Shall we?\r\nBcc: evil@example.org", Body: "About " + service + " in " + language, Button: "Yes", Why: "You asked", Stop: "Stop", Direction: "rtl"}
	}}}
	w.Dispatcher = dispatch.New(dispatch.Options{
		Outbox: w.archive, Key: key, Log: slog.New(slog.NewTextHandler(&w.log, &slog.HandlerOptions{Level: slog.LevelDebug})), Now: func() time.Time { return w.now }, Simulated: true,
		Channels: map[string]notify.Channel{Channel: sender}, About: func(string) notify.About { return notify.About{} },
		Word: func(m notify.Message, language string) notify.Text {
			return notify.Text{Title: string(m.Kind) + " in " + language, Body: "ঠিক <b>আছে</b> " + strconv.FormatBool(m.Simulated), URL: "https://outcry.example/incidents/" + m.Incident.ID}
		},
	})
	return w
}

func (w *world) ask(address, service string) {
	w.t.Helper()
	if err := w.desk.Ask(w.t.Context(), address, service, "bn", w.now); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) run(d time.Duration) []arrived {
	w.t.Helper()
	for end := w.now.Add(d); w.now.Before(end); w.now = w.now.Add(30 * time.Second) {
		if err := w.Tick(w.t.Context(), w.now); err != nil {
			w.t.Fatal(err)
		}
		if err := w.Settle(w.t.Context(), w.now); err != nil {
			w.t.Fatal(err)
		}
	}
	return w.server.take()
}

func (w *world) save(in *incident.Incident) {
	w.t.Helper()
	in.Version++
	in.Updated = w.now
	if _, err := w.archive.SaveIncident(w.t.Context(), *in, nil, nil); err != nil {
		w.t.Fatal(err)
	}
}

// outage saves an outage, and its end some minutes later, and returns what arrived.
func (w *world) outage(id string) []arrived {
	w.t.Helper()
	in := &incident.Incident{ID: id, Service: "whatsapp", State: incident.Confirmed, Level: detect.Outage, Onset: w.now, Suspected: w.now, Declared: w.now, Updated: w.now}
	w.save(in)
	all := w.run(20 * time.Minute)
	in.State, in.Level, in.Resolved = incident.Resolved, detect.OK, w.now
	w.save(in)
	return append(all, w.run(20*time.Minute)...)
}

func (w *world) count() int {
	w.t.Helper()
	all, err := w.archive.Subscriptions(w.t.Context(), archive.SubscriptionFilter{Channel: Channel})
	if err != nil {
		w.t.Fatal(err)
	}
	n := 0
	for _, s := range all {
		if s.State != notify.Ended {
			n++
		} else if len(s.Sealed) > 0 || s.Lookup != "" {
			w.t.Errorf("subscription %s has ended, and its address is still stored", s.ID)
		}
	}
	return n
}

// token returns the token of a link in a message.
func token(t *testing.T, text, path string) string {
	t.Helper()
	found := regexp.MustCompile(`https://outcry\.example/status/bn` + path + `\?token=(\S+)`).FindStringSubmatch(text)
	if found == nil {
		t.Fatalf("there is no link to %s in\n%s", path, text)
	}
	got, err := url.QueryUnescape(strings.TrimRight(found[1], ">"))
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// confirmed asks and confirms.
func (w *world) confirmed() {
	w.t.Helper()
	w.ask(reader, "whatsapp")
	got := w.run(time.Minute)
	if len(got) != 1 {
		w.t.Fatalf("%d messages arrived after asking, want 1", len(got))
	}
	if _, err := w.desk.Confirm(w.t.Context(), token(w.t, got[0].plain, ConfirmPath), w.now); err != nil {
		w.t.Fatal(err)
	}
}

func TestNobodyIsToldBeforeConfirmingAndThenInOneThreadUntilStopping(t *testing.T) {
	w := newWorld(t)
	w.ask(reader, "whatsapp")
	asked := w.run(time.Minute)
	if len(asked) != 1 || asked[0].to != "Telltale.Reader@example.org" || !strings.Contains(asked[0].plain, "About whatsapp in bn") {
		t.Fatalf("after asking there arrived %+v, want the question", asked)
	}
	if asked[0].header.Get("Bcc") != "" || strings.ContainsAny(asked[0].title, "\r\n") {
		t.Errorf("a text became a header: %v", asked[0].header)
	}
	if early := w.outage("whatsapp-1"); len(early) != 0 {
		t.Fatalf("%d messages arrived before the address was confirmed, want none", len(early))
	}
	confirm := token(t, asked[0].plain, ConfirmPath)
	for range 2 { // the second time changes nothing
		if service, err := w.desk.Confirm(t.Context(), confirm, w.now); err != nil || service != "whatsapp" {
			t.Fatalf("Confirm = %q, %v; want whatsapp", service, err)
		}
	}
	got := w.outage("whatsapp-2")
	if len(got) != 2 || got[0].title != "confirmed in bn" || got[1].title != "resolved in bn" {
		t.Fatalf("there arrived %+v, want the beginning and the end", got)
	}
	for _, m := range got {
		if m.header.Get("References") == "" || m.header.Get("References") != got[0].header.Get("References") || m.header.Get("Message-Id") == "" {
			t.Errorf("the message is in the thread %q under the ID %q, want one thread and an ID", m.header.Get("References"), m.header.Get("Message-Id"))
		}
		if !strings.Contains(m.plain, "ঠিক <b>আছে</b> true") || !strings.Contains(m.html, "ঠিক &lt;b&gt;আছে&lt;/b&gt; true") || !strings.Contains(m.html, `<html lang="bn" dir="rtl">`) {
			t.Errorf("the texts are\n%s\n%s", m.plain, m.html)
		}
		if m.header.Get("List-Unsubscribe-Post") != "List-Unsubscribe=One-Click" {
			t.Errorf("List-Unsubscribe-Post is %q", m.header.Get("List-Unsubscribe-Post"))
		}
	}
	stop := token(t, got[1].header.Get("List-Unsubscribe"), StopPath)
	if stop != token(t, got[1].plain, StopPath) {
		t.Error("the link in the text differs from that in the header")
	}
	if service, err := w.desk.ToStop(t.Context(), stop); err != nil || service != "whatsapp" || w.count() != 1 {
		t.Errorf("ToStop = %q, %v with %d subscriptions left; want it to change nothing", service, err, w.count())
	}
	if _, err := w.desk.Stop(t.Context(), confirm); fault.KindOf(err) != fault.NotFound {
		t.Errorf("Stop with the token for confirming = %v, want an error of kind NotFound", err)
	}
	if service, err := w.desk.Stop(t.Context(), stop); err != nil || service != "whatsapp" || w.count() != 0 {
		t.Errorf("Stop = %q, %v with %d subscriptions left; want none", service, err, w.count())
	}
	if _, err := w.desk.Stop(t.Context(), stop); fault.KindOf(err) != fault.NotFound {
		t.Errorf("Stop a second time = %v, want an error of kind NotFound", err)
	}
	if late := w.outage("whatsapp-3"); len(late) != 0 {
		t.Errorf("%d messages arrived after stopping, want none", len(late))
	}
}

func TestAnAddressGetsOneQuestionADayAndTheAnswerIsTheSame(t *testing.T) {
	w := newWorld(t)
	for range 5 {
		w.ask(reader, "whatsapp")
		w.ask(strings.ToLower(reader), "signal")
	}
	if got := w.run(time.Hour); len(got) != 1 {
		t.Errorf("%d questions arrived on one day, want 1", len(got))
	}
	w.now = noon.Add(patience)
	if err := w.archive.RetainMessages(t.Context(), w.now); err != nil || w.count() != 0 {
		t.Errorf("after a day without an answer %d subscriptions are left (%v), want none", w.count(), err)
	}
	w.confirmed()
	w.now = w.now.Add(2 * patience)
	w.ask(reader, "whatsapp") // is told already
	if got := w.run(time.Minute); len(got) != 0 {
		t.Errorf("who is told already got %d questions, want none", len(got))
	}
	w.ask(reader, "signal")
	if got := w.run(time.Minute); len(got) != 1 {
		t.Errorf("another day and service brought %d questions, want 1", len(got))
	}
}

func TestASubscriptionEndsAfterAYearOrWithItsMailbox(t *testing.T) {
	w := newWorld(t)
	w.confirmed()
	w.now = w.now.Add(Lifetime)
	if got := w.outage("whatsapp-1"); len(got) != 0 {
		t.Errorf("%d messages arrived after a year, want none", len(got))
	}
	if err := w.archive.RetainMessages(t.Context(), w.now); err != nil || w.count() != 0 {
		t.Errorf("after a year %d subscriptions are left (%v), want none", w.count(), err)
	}
	w = newWorld(t)
	w.confirmed()
	w.server.refusals[reader] = "451 4.7.1 try again later"
	if got := w.outage("whatsapp-1"); len(got) != 0 || w.count() != 1 {
		t.Errorf("a temporary refusal let %d messages through and %d subscriptions are left, want none and 1", len(got), w.count())
	}
	w.server.mu.Lock()
	w.server.refusals[reader] = "550 5.1.1 no such mailbox"
	w.server.mu.Unlock()
	w.run(2 * time.Hour)
	if w.count() != 0 {
		t.Errorf("after 550 there are %d subscriptions, want none", w.count())
	}
}

func TestWrongTokensAndAddresses(t *testing.T) {
	w := newWorld(t)
	w.confirmed()
	for _, wrong := range []string{"", "x", "x.y", ".", strings.Repeat("a", 1000)} {
		for name, do := range map[string]func() error{
			"Confirm": func() error { _, err := w.desk.Confirm(t.Context(), wrong, w.now); return err },
			"ToStop":  func() error { _, err := w.desk.ToStop(t.Context(), wrong); return err },
			"Stop":    func() error { _, err := w.desk.Stop(t.Context(), wrong); return err },
		} {
			if err := do(); fault.KindOf(err) != fault.NotFound {
				t.Errorf("%s(%.20q) = %v, want an error of kind NotFound", name, wrong, err)
			}
		}
	}
	for _, wrong := range []string{
		"", "nobody", "a@b", "a b@example.org", "a@example.org\r\nBcc: b@example.org", "A <a@example.org>", "a@example.org, b@example.org", "a@[127.0.0.1]",
		"\"x\r\n\"@example.org", strings.Repeat("a", 250) + "@example.org",
	} {
		if err := w.desk.Ask(t.Context(), wrong, "whatsapp", "en", w.now); fault.KindOf(err) != fault.Invalid {
			t.Errorf("Ask(%.30q) = %v, want an error of kind Invalid", wrong, err)
		}
	}
}

func TestAnAddressIsNowhereInClear(t *testing.T) {
	w := newWorld(t)
	w.confirmed()
	w.outage("whatsapp-1")
	w.server.mu.Lock()
	w.server.refusals[reader] = "550 5.1.1 <" + reader + "> is no mailbox"
	w.server.mu.Unlock()
	w.outage("whatsapp-2")
	paths, err := filepath.Glob(filepath.Join(w.folder, "*"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("the folder holds %d files, %v", len(paths), err)
	}
	contents := map[string][]byte{"the log": w.log.Bytes()}
	for _, path := range paths {
		if contents[path], err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
	}
	for where, content := range contents {
		if bytes.Contains(bytes.ToLower(content), []byte("telltale")) {
			t.Errorf("%s holds the address in clear", where)
		}
	}
	if !strings.Contains(w.log.String(), "the SMTP server answered 550") {
		t.Errorf("the log does not say what happened:\n%s", &w.log)
	}
}

func TestParseServer(t *testing.T) {
	for text, want := range map[string]Server{
		"smtps://me:se%40cret@mail.example": {Host: "mail.example", Port: 465, IsSecure: true, User: "me", Password: "se@cret"},
		"smtp://mail.example":               {Host: "mail.example", Port: 587},
		"smtp://localhost:2525/":            {Host: "localhost", Port: 2525},
	} {
		if got, err := ParseServer(text); err != nil || got != want {
			t.Errorf("ParseServer(%q) = %+v, %v; want %+v", text, got, err, want)
		}
	}
	for _, wrong := range []string{"", "mail.example:25", "http://me:secret@mail.example", "smtp://me:secret@mail.example/path", "smtp://me:secret@mail.example:x", "smtp://"} {
		if _, err := ParseServer(wrong); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("ParseServer(%q) = %v, want an error without the password", wrong, err)
		}
	}
}
