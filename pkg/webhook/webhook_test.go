package webhook_test

import (
	"compress/gzip"
	"context"
	"crypto/x509"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/outcry/outcry/api"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/httpapi"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/notify"
	"github.com/outcry/outcry/pkg/webhook"
)

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

const (
	secret    = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	oldSecret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
)

// loopback allows the addresses of the test's own servers, and no other.
var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}

// outage returns the incident of the tests' messages.
func outage() incident.Incident {
	return incident.Incident{
		ID: "acme-2026-03-04-1200", Service: "acme", Version: 2, State: incident.Confirmed, Level: detect.Outage, Onset: noon, Suspected: noon.Add(2 * time.Minute),
		Declared: noon.Add(4 * time.Minute), Updated: noon.Add(5 * time.Minute), Reports: 123,
		Peak:      incident.Peak{At: noon.Add(5 * time.Minute), Window: 5 * time.Minute, Observed: 90, Expected: 2.5},
		Countries: []incident.Segment{{ID: "BD", Level: detect.Outage, Observed: 80, Expected: 1.5}}, Verdict: detect.Verdict{Networks: 40, Confidence: 0.99},
	}
}

// delivery returns a delivery in a format to a URL.
func delivery(format, address string) notify.Delivery {
	return notify.Delivery{
		Subscription: notify.Subscription{ID: "s1", Channel: webhook.Channel, Settings: map[string]string{"format": format}},
		Private:      notify.Private{Address: address, Secret: secret},
		Message:      notify.Message{ID: "msg_p5jXN8AQM9LWM0D4loKWxJek", Kind: notify.Confirmed, Incident: outage(), Created: noon.Add(5 * time.Minute)},
		Text:         notify.Text{Title: "Acme & <Sons> is *down*", Body: "Since 12:00 UTC. “90” people_reported.", URL: "https://outcry.example/incidents/acme-2026-03-04-1200"},
		Attempt:      1, At: time.Now(),
	}
}

func poster(allow []netip.Prefix) *webhook.Poster {
	return webhook.New(webhook.Options{Incident: httpapi.Incident, Agent: "Outcry/test", Allow: allow, Timeout: 5 * time.Second})
}

// inbox is a receiver that keeps what it gets.
type inbox struct {
	*httptest.Server
	mu     sync.Mutex
	got    []request
	answer func(w http.ResponseWriter, r *http.Request)
}

type request struct {
	path   string
	header http.Header
	body   string
}

func newInbox(t *testing.T, answer func(w http.ResponseWriter, r *http.Request)) *inbox {
	t.Helper()
	in := &inbox{answer: answer}
	in.Server = httptest.NewServer(http.HandlerFunc(in.serve))
	t.Cleanup(in.Close)
	return in
}

func (in *inbox) serve(w http.ResponseWriter, r *http.Request) {
	b, _ := io.ReadAll(r.Body) // a request that is cut off is of no interest
	in.mu.Lock()
	in.got = append(in.got, request{r.URL.RequestURI(), r.Header.Clone(), string(b)})
	answer := in.answer
	in.mu.Unlock()
	if answer != nil {
		answer(w, r)
	}
}

func (in *inbox) requests() []request {
	in.mu.Lock()
	defer in.mu.Unlock()
	return append([]request(nil), in.got...)
}

func TestAMessageIsSignedAsStandardWebhooksDescribesIt(t *testing.T) {
	in := newInbox(t, nil)
	d := delivery("standard", in.URL+"/hook?token=t")
	d.Private.Old = []notify.OldSecret{{Secret: oldSecret, Until: d.At.Add(time.Hour)}}
	if got := poster(loopback).Deliver(t.Context(), d); got.Result != notify.Delivered || got.Status != 200 {
		t.Fatalf("Deliver = %+v, want it delivered", got)
	}
	d.At = d.At.Add(2 * time.Hour) // the old secret is over
	d.Attempt = 2
	poster(loopback).Deliver(t.Context(), d)
	got := in.requests()
	if len(got) != 2 || got[0].path != "/hook?token=t" || got[0].header.Get("Content-Type") != "application/json" || got[0].header.Get("User-Agent") != "Outcry/test" {
		t.Fatalf("the receiver got %+v, want two posts of JSON", got)
	}
	if got[0].header.Get("webhook-id") != d.Message.ID || got[1].header.Get("webhook-id") != d.Message.ID || got[0].body != got[1].body {
		t.Errorf("the second attempt has the ID %s and the body %s, want those of the first", got[1].header.Get("webhook-id"), got[1].body)
	}
	for i, x := range []struct {
		secret string
		at     int
		valid  bool
	}{{secret, 0, true}, {oldSecret, 0, true}, {secret, 1, true}, {oldSecret, 1, false}} {
		w, err := standardwebhooks.NewWebhook(x.secret)
		if err != nil {
			t.Fatal(err)
		}
		err = w.VerifyIgnoringTimestamp([]byte(got[x.at].body), got[x.at].header)
		if (err == nil) != x.valid {
			t.Errorf("case %d: Verify of request %d = %v, want valid: %v", i, x.at, err, x.valid)
		}
	}
	w, _ := standardwebhooks.NewWebhook(secret)
	if err := w.Verify([]byte(got[0].body), got[0].header); err != nil {
		t.Errorf("Verify with the timestamp = %v, want no error", err)
	}
	if err := w.Verify([]byte(got[0].body+" "), got[0].header); err == nil {
		t.Error("Verify accepts a body that was changed")
	}
}

func TestTheFormatStandardHoldsTheIncidentAsTheAPIShowsIt(t *testing.T) {
	in := newInbox(t, nil)
	d := delivery("standard", in.URL)
	d.Message.Simulated = true
	poster(loopback).Deliver(t.Context(), d)
	shown, err := json.Marshal(httpapi.Incident(d.Message.Incident))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := openapi3.NewLoader().LoadFromData(api.Description)
	if err != nil {
		t.Fatal(err)
	}
	d.Message.Kind, d.Message.Incident = notify.Test, incident.Incident{}
	poster(loopback).Deliver(t.Context(), d)
	for _, got := range in.requests() {
		var v any
		if err := json.Unmarshal([]byte(got.body), &v); err != nil {
			t.Fatal(err)
		}
		if err := doc.Components.Schemas["WebhookMessage"].Value.VisitJSON(v); err != nil {
			t.Errorf("VisitJSON = %v, want the body to match the schema WebhookMessage:\n%s", err, got.body)
		}
	}
	want := `{"type":"incident.confirmed","timestamp":"2026-03-04T12:05:00Z","version":2,"title":"Acme & <Sons> is *down*","text":"Since 12:00 UTC. “90” people_reported.",` +
		`"url":"https://outcry.example/incidents/acme-2026-03-04-1200","simulated":true,"data":` + string(shown) + `}`
	if diff := cmp.Diff(want, in.requests()[0].body); diff != "" {
		t.Errorf("the body (-want +got):\n%s", diff)
	}
}

func TestAnswersAreUnderstood(t *testing.T) {
	for _, x := range []struct {
		name, format string
		status       int
		header, body string
		want         notify.Outcome
	}{
		{"ok", "standard", 204, "", "", notify.Outcome{Result: notify.Delivered, Status: 204}},
		{"busy", "standard", 503, "120", "", notify.Outcome{Result: notify.Failed, Status: 503, Detail: "the receiver answered 503", RetryAfter: 2 * time.Minute}},
		{"limited", "discord", 429, "0.5", "", notify.Outcome{Result: notify.Failed, Status: 429, Detail: "the receiver answered 429", RetryAfter: 500 * time.Millisecond}},
		{"limited by Telegram", "telegram", 429, "", `{"ok":false,"parameters":{"retry_after":35}}`, notify.Outcome{Result: notify.Failed, Status: 429, Detail: "the receiver answered 429", RetryAfter: 35 * time.Second}},
		{"a wrong request may be mended", "standard", 400, "", "", notify.Outcome{Result: notify.Failed, Status: 400, Detail: "the receiver answered 400"}},
		{"refused for ever", "pagerduty", 400, "", "", notify.Outcome{Result: notify.Rejected, Status: 400, Detail: "the receiver answered 400"}},
		{"gone", "standard", 410, "", "", notify.Outcome{Result: notify.Gone, Status: 410, Detail: "the receiver answered 410"}},
		{"deleted in Discord", "discord", 404, "", "", notify.Outcome{Result: notify.Gone, Status: 404, Detail: "the receiver answered 404"}},
		{"not found may be mended", "standard", 404, "", "", notify.Outcome{Result: notify.Failed, Status: 404, Detail: "the receiver answered 404"}},
	} {
		t.Run(x.name, func(t *testing.T) {
			in := newInbox(t, func(w http.ResponseWriter, _ *http.Request) {
				if x.header != "" {
					w.Header().Set("Retry-After", x.header)
				}
				w.WriteHeader(x.status)
				io.WriteString(w, x.body)
			})
			if diff := cmp.Diff(x.want, poster(loopback).Deliver(t.Context(), delivery(x.format, in.URL))); diff != "" {
				t.Errorf("Deliver (-want +got):\n%s", diff)
			}
		})
	}
}

func TestNothingIsSentToAddressesThatAreNotPublic(t *testing.T) {
	in := newInbox(t, nil)
	_, port, _ := net.SplitHostPort(in.Listener.Addr().String())
	for _, host := range []string{
		"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
		"[fe80::1]", "[fc00::1]", "[fd00:ec2::254]", "[64:ff9b::7f00:1]", "[::7f00:1]", "2130706433", "127.1", "192.0.2.1", "224.0.0.1", "255.255.255.255",
	} {
		for _, scheme := range []string{"http://", "https://"} {
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			got := poster(nil).Deliver(ctx, delivery("standard", scheme+host+":"+port+"/"))
			cancel()
			if got.Result != notify.Failed || !strings.Contains(got.Detail, "not public") && !strings.Contains(got.Detail, "cannot be resolved") {
				t.Errorf("Deliver to %s%s = %+v, want it refused because the address is not public", scheme, host, got)
			}
		}
	}
	if n := len(in.requests()); n != 0 {
		t.Errorf("%d requests arrived at a server on this machine, want none", n)
	}
}

func TestARedirectIsNotFollowed(t *testing.T) {
	target := newInbox(t, nil)
	in := newInbox(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, target.URL, http.StatusTemporaryRedirect)
	})
	got := poster(loopback).Deliver(t.Context(), delivery("standard", in.URL))
	if got.Result != notify.Failed || got.Status != 307 || !strings.Contains(got.Detail, "redirect") || len(target.requests()) != 0 {
		t.Errorf("Deliver = %+v with %d requests at the target, want a failure and none", got, len(target.requests()))
	}
}

func TestAnAllowedNetworkIsReachedAndOthersAreNot(t *testing.T) {
	in := newInbox(t, nil)
	elsewhere := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	if got := poster(elsewhere).Deliver(t.Context(), delivery("standard", in.URL)); got.Result != notify.Failed {
		t.Errorf("Deliver to loopback with only 10.0.0.0/8 allowed = %+v, want a failure", got)
	}
	_, port, _ := net.SplitHostPort(in.Listener.Addr().String())
	if got := poster(loopback).Deliver(t.Context(), delivery("standard", "http://localhost:"+port)); got.Result != notify.Delivered {
		t.Errorf("Deliver to a name of an allowed address = %+v, want it delivered", got)
	}
}

func TestCertificatesAreChecked(t *testing.T) {
	in := &inbox{}
	server := httptest.NewUnstartedServer(http.HandlerFunc(in.serve))
	server.Config.ErrorLog = nil
	server.StartTLS()
	defer server.Close()
	if got := poster(loopback).Deliver(t.Context(), delivery("standard", server.URL)); got.Result != notify.Failed || got.Detail != "the certificate of the receiver is not valid" {
		t.Errorf("Deliver to a server with a certificate of nobody = %+v, want a failure that says so", got)
	}
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	p := webhook.New(webhook.Options{Incident: httpapi.Incident, Allow: loopback, Roots: roots})
	if got := p.Deliver(t.Context(), delivery("standard", server.URL)); got.Result != notify.Delivered {
		t.Errorf("Deliver over TLS = %+v, want it delivered", got)
	}
}

func TestAReceiverThatNeverAnswersOrAnswersWithoutEndIsCutOff(t *testing.T) {
	release := make(chan struct{})
	silent := newInbox(t, func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	})
	defer close(release)
	p := webhook.New(webhook.Options{Incident: httpapi.Incident, Allow: loopback, Timeout: 50 * time.Millisecond})
	if got := p.Deliver(t.Context(), delivery("standard", silent.URL)); got.Result != notify.Failed || got.Detail != "the receiver did not answer in time" {
		t.Errorf("Deliver to a receiver that never answers = %+v, want a failure that says so", got)
	}
	endless := newInbox(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		for r.Context().Err() == nil {
			if _, err := z.Write(make([]byte, 1<<20)); err != nil {
				return
			}
		}
	})
	if got := poster(loopback).Deliver(t.Context(), delivery("standard", endless.URL)); got.Result != notify.Delivered {
		t.Errorf("Deliver to a receiver whose answer has no end = %+v, want it delivered without reading all", got)
	}
}

func TestDetailsBetrayNoAddress(t *testing.T) {
	const token = "telltale-token"
	for _, address := range []string{
		"https://telltale-token.invalid/telltale-token", "http://127.0.0.1:1/telltale-token", "https://127.0.0.1:1/telltale-token?x=telltale-token", "https://telltale-token:99999/", "://telltale-token",
	} {
		got := poster(loopback).Deliver(t.Context(), delivery("standard", address))
		if got.Result == notify.Delivered || got.Detail == "" || strings.Contains(got.Detail, token) || strings.Contains(got.Detail, "127.0.0.1") {
			t.Errorf("Deliver to %s = %+v, want a failure whose detail does not name the address", address, got)
		}
	}
}
