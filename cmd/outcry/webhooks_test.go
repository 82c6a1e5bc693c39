package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/outcry/outcry/api"
)

// posted is a message that arrived.
type posted struct {
	id   string
	body string
	api.WebhookMessage
}

// receiver is a program that is told about incidents.
type receiver struct {
	*httptest.Server
	t        *testing.T
	secret   string               // verifies what arrives, unless it is empty
	status   int                  // of answers; 0 stands for 200
	slowness func() time.Duration // how long an answer takes; nil: no time
	mu       sync.Mutex
	arrived  []posted
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{t: t}
	r.Server = httptest.NewServer(http.HandlerFunc(r.receive))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) receive(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return // its sender was killed
	}
	p := posted{id: req.Header.Get("webhook-id"), body: string(body)}
	if err := json.Unmarshal(body, &p.WebhookMessage); err != nil {
		r.t.Errorf("a message cannot be read: %v: %s", err, body)
	}
	if r.slowness != nil {
		before, after := r.slowness(), r.slowness()
		select {
		case <-time.After(before):
		case <-req.Context().Done():
			return // its sender was killed before it was taken
		}
		defer func() { <-time.After(after) }() // or is, before it learns that it was
	}
	r.keep(p, body, req.Header)
	if r.status != 0 {
		w.WriteHeader(r.status)
	}
}

// keep verifies and keeps a message.
func (r *receiver) keep(p posted, body []byte, header http.Header) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.secret != "" {
		w, err := standardwebhooks.NewWebhook(r.secret)
		if err == nil {
			err = w.Verify(body, header)
		}
		if err != nil {
			r.t.Errorf("a message cannot be verified: %v", err)
		}
	}
	r.arrived = append(r.arrived, p)
}

func (r *receiver) posts() []posted {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]posted(nil), r.arrived...)
}

// types returns the types of the messages about an incident in their order, without
// repeats of one ID.
func (r *receiver) types(incident string) (types []string) {
	seen := map[string]bool{}
	for _, p := range r.posts() {
		if p.Data.Id == incident && !seen[p.id] {
			types = append(types, p.Type)
		}
		seen[p.id] = true
	}
	return types
}

// declare asks for an outage of a service, and returns the ID of its incident.
func (s *server) declare(key, service string, onset time.Time) string {
	s.t.Helper()
	body := fmt.Sprintf(`{"action":"declare","service":%q,"onset":%q}`, service, onset.Format(time.RFC3339))
	if code, answer := s.post("/api/v1/admin/actions", body, "Authorization", "Bearer "+key); code != http.StatusAccepted {
		s.t.Fatalf("declare %s: %d %s", service, code, answer)
	}
	return service + onset.Format("-2006-01-02-1504")
}

// allowLoopback are the settings of a server whose webhooks may lead to the test.
const allowLoopback = "OUTCRY_WEBHOOK_ALLOW=127.0.0.1"

var webhookIDs = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}`)

func TestAWebhookIsMadeByCommandAndToldAboutAnOutage(t *testing.T) {
	data := t.TempDir()
	r := newReceiver(t)
	settings := []string{"OUTCRY_DATA=" + data, "HOME=" + data, allowLoopback}
	command := func(args ...string) string {
		return runCommandWith(t, settings, append([]string{"webhooks"}, args...)...)
	}
	made := command("create", "--url", r.URL+"/telltale-path?key=telltale", "--name", "status board", "--service", "whatsapp", "--from", "warning")
	r.secret, _, _ = strings.Cut(made, "\n")
	id := webhookIDs.FindString(made)
	list := command("list")
	if !strings.HasPrefix(r.secret, "whsec_") || !strings.Contains(list, id) || !strings.Contains(list, "status board") || !strings.Contains(list, "whatsapp") || strings.Contains(list, "telltale") {
		t.Fatalf("create printed %s and list\n%s", made, list)
	}
	if got := failingCommand(t, []string{"OUTCRY_DATA=" + data, "HOME=" + data}, "webhooks", "create", "--url", r.URL); !strings.Contains(got, "https://") {
		t.Errorf("create without the allowed network: %s", got)
	}

	s := startServer(t, data, "OUTCRY_TICK=1s", allowLoopback, "OUTCRY_PUBLIC_URL=https://outcry.example/status/")
	if got := command("test", id); !strings.Contains(got, "was delivered") || r.posts()[0].Type != "test" {
		t.Errorf("test printed %s; the receiver got %+v", got, r.posts())
	}
	key := strings.TrimSpace(runCommandWith(t, settings, "keys", "create", "--scope", "admin", "--name", "desk", "--quiet"))
	incident := s.declareAt(key, "whatsapp", time.Now().UTC().Add(-10*time.Minute).Truncate(time.Minute))
	waitFor(t, "the message about the outage", func() bool { return len(r.types(incident)) == 1 })
	if p := r.posts()[1]; p.Type != "incident.confirmed" || p.Data.State != "confirmed" || p.Data.Level != "outage" || p.Title != "WhatsApp is down" || p.Url != "https://outcry.example/status/incidents/"+incident {
		t.Errorf("the message is %s", p.body)
	}
	if log := command("deliveries", id); !strings.Contains(log, "incident.confirmed") || !strings.Contains(log, "test") || strings.Count(log, "delivered") != 2 {
		t.Errorf("deliveries printed\n%s", log)
	}
	command("redeliver", id, r.posts()[1].id)
	waitFor(t, "the message again", func() bool { return len(r.posts()) == 3 })
	if first, again := r.posts()[1], r.posts()[2]; first.id != again.id || first.body != again.body {
		t.Errorf("the message that was sent again is %s %s, want %s %s", again.id, again.body, first.id, first.body)
	}
	rotated := command("rotate", id)
	if secret, _, _ := strings.Cut(rotated, "\n"); secret == r.secret || !strings.HasPrefix(secret, "whsec_") {
		t.Errorf("rotate printed %s", rotated)
	}
	command("test", id) // the receiver still verifies with the old secret
	command("delete", id)
	if got := failingCommand(t, settings, "webhooks", "test", id); !strings.Contains(got, "no such webhook") {
		t.Errorf("test after delete printed %s", got)
	}
	s.stop()
	if strings.Contains(s.log.String(), "telltale") || strings.Contains(s.log.String(), r.secret) || strings.Contains(s.log.String(), r.URL) {
		t.Errorf("the log holds a secret:\n%s", s.log)
	}
	if info, err := os.Stat(filepath.Join(data, "secret")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the secret of the folder: %v, %v; want mode 0600", info, err)
	}
	for _, telltale := range []string{"telltale-path", r.secret} {
		if strings.Contains(string(readAll(t, data)), telltale) {
			t.Errorf("the data folder holds %q in clear", telltale)
		}
	}
}

// declareAt is declare, for a server with a public URL, which answers under its
// name only.
func (s *server) declareAt(key, service string, onset time.Time) string {
	s.t.Helper()
	body := fmt.Sprintf(`{"action":"declare","service":%q,"onset":%q}`, service, onset.Format(time.RFC3339))
	req, err := http.NewRequest(http.MethodPost, s.url+"/api/v1/admin/actions", strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Host = "outcry.example"
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+key)
	if code, answer := s.do(req); code != http.StatusAccepted {
		s.t.Fatalf("declare %s: %d %s", service, code, answer)
	}
	return service + onset.Format("-2006-01-02-1504")
}

func TestAServerWithAnotherSecretDoesNotStart(t *testing.T) {
	data := t.TempDir()
	settings := []string{"OUTCRY_DATA=" + data, "HOME=" + data, "OUTCRY_LISTEN=127.0.0.1:0", "OUTCRY_SECRET=" + strings.Repeat("a", 40)}
	runCommandWith(t, settings, "webhooks", "create", "--url", "https://hooks.example.org/")
	settings[3] = "OUTCRY_SECRET=" + strings.Repeat("b", 40)
	if got := failingCommand(t, settings, "serve"); !strings.Contains(got, "OUTCRY_SECRET") || strings.Contains(got, "bbbb") {
		t.Errorf("serve with another secret printed %s, want an error that names the setting", got)
	}
}
