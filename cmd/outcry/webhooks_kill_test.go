package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/app"
	"github.com/outcry/outcry/pkg/config"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/notify"
)

var webhookKills = flag.Int("webhook-kills", 8, "how often the test of webhooks kills the server")

// TestMessagesSurviveKills kills a server at random moments while operators declare,
// note and end outages. Every change that was answered with 202 must reach the
// receiver: the beginning first, the last state last, in the order of the versions,
// and twice only under one ID.
func TestMessagesSurviveKills(t *testing.T) {
	data := t.TempDir()
	r := newReceiver(t)
	subscribeClosely(t, data, r.URL)
	key := strings.TrimSpace(runCommand(t, data, "keys", "create", "--scope", "admin", "--name", "desk", "--quiet"))
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 3))
	r.slowness = func() time.Duration { return time.Duration(rand.IntN(150)) * time.Millisecond } // so that kills meet open deliveries
	services := []string{"whatsapp", "instagram", "signal", "youtube", "netflix", "telegram", "discord", "reddit", "zoom", "spotify", "tiktok", "facebook"}
	onset := time.Now().UTC().Add(-time.Hour).Truncate(time.Minute)
	asked := 0
	for n := range *webhookKills {
		s := startServer(t, data, "OUTCRY_TICK=1s", "OUTCRY_LOG=warn", allowLoopback, "OUTCRY_LIMITS=off")
		deadline := time.After(time.Duration(rng.IntN(1500)) * time.Millisecond)
		for i := range 8 {
			service := services[rng.IntN(min(len(services), n+2))]
			if code := s.try(key, randomAction(rng, service, onset, i < 2)); code == http.StatusAccepted {
				asked++
			}
		}
		<-deadline
		s.kill()
	}
	s := startServer(t, data, "OUTCRY_TICK=1s", "OUTCRY_LOG=warn", allowLoopback, "OUTCRY_LIMITS=off")
	var states map[string]string
	waitFor(t, "the last states of all incidents", func() bool {
		states = s.incidentStates()
		told := lastStates(r)
		for id, state := range states {
			if told[id] != state {
				return false
			}
		}
		return len(states) > 0 && s.nothingWaits(key)
	})
	checkOrder(t, r)
	repeats, ids := 0, map[string]string{}
	for _, p := range r.posts() {
		if body, seen := ids[p.id]; seen {
			repeats++
			if body != p.body {
				t.Errorf("message %s arrived with two bodies:\n%s\n%s", p.id, body, p.body)
			}
		}
		ids[p.id] = p.body
	}
	t.Logf("%d kills, %d actions: %d messages about %d incidents, %d of them twice", *webhookKills, asked, len(ids), len(states), repeats)
	s.stop()
}

// randomAction returns the body of an action on the incident of a service.
func randomAction(rng *rand.Rand, service string, onset time.Time, declares bool) string {
	id := service + onset.Format("-2006-01-02-1504")
	if declares {
		return fmt.Sprintf(`{"action":"declare","service":%q,"onset":%q}`, service, onset.Format(time.RFC3339))
	}
	switch rng.IntN(12) {
	case 2:
		return fmt.Sprintf(`{"action":"retract","incident":%q,"text":{"en":"It was none."}}`, id)
	case 0, 4, 5, 6, 7, 8:
		return fmt.Sprintf(`{"action":"note","incident":%q,"text":{"en":"note %d"}}`, id, rng.Int())
	}
	return fmt.Sprintf(`{"action":"correct","incident":%q,"countries":[%q]}`, id, []string{"BD", "IN", "NP"}[rng.IntN(3)])
}

// try asks for an action, and returns the status of the answer, or 0 without one.
func (s *server) try(key, body string) int {
	req, err := http.NewRequest(http.MethodPost, s.url+"/api/v1/admin/actions", strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+key)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0
	}
	res.Body.Close()
	return res.StatusCode
}

// incidentStates returns the states of all incidents by their IDs.
func (s *server) incidentStates() map[string]string {
	s.t.Helper()
	code, body := s.get("/api/v1/incidents?limit=100&state=suspected,confirmed,recovering,resolved,retracted")
	var list struct{ Incidents []struct{ ID, State string } }
	if err := json.Unmarshal([]byte(body), &list); err != nil || code != http.StatusOK {
		s.t.Fatalf("GET incidents: %d %v %s", code, err, body)
	}
	states := map[string]string{}
	for _, in := range list.Incidents {
		states[in.ID] = in.State
	}
	return states
}

// nothingWaits reports whether all actions are applied and no message waits.
func (s *server) nothingWaits(key string) bool {
	for _, path := range []string{"/api/v1/admin/audit?limit=100", "/api/v1/webhooks"} {
		req, err := http.NewRequest(http.MethodGet, s.url+path, nil)
		if err != nil {
			s.t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+key)
		_, body := s.do(req)
		var list struct{ Webhooks []struct{ ID string } }
		if strings.Contains(body, `"state":"waiting"`) || json.Unmarshal([]byte(body), &list) != nil {
			return false
		}
		for _, w := range list.Webhooks {
			req, err := http.NewRequest(http.MethodGet, s.url+"/api/v1/webhooks/"+w.ID+"/messages?state=waiting", nil)
			if err != nil {
				s.t.Fatal(err)
			}
			req.Header.Set("Authorization", "Bearer "+key)
			if _, body := s.do(req); !strings.Contains(body, `"messages":[]`) {
				return false
			}
		}
	}
	return true
}

// lastStates returns the last state that arrived of each incident.
func lastStates(r *receiver) map[string]string {
	states := map[string]string{}
	for _, p := range r.posts() {
		states[p.Data.Id] = p.Data.State
	}
	return states
}

// checkOrder checks that each incident begins with its beginning, and that its
// messages arrived in the order of its changes.
func checkOrder(t *testing.T, r *receiver) {
	t.Helper()
	last := map[string]posted{}
	for _, p := range r.posts() {
		before, known := last[p.Data.Id]
		switch {
		case !known && p.Type != "incident.confirmed":
			t.Errorf("the first message about %s is %s, want its beginning", p.Data.Id, p.Type)
		case known && p.id != before.id && before.Version >= p.Version:
			t.Errorf("%s of version %d arrived after %s of version %d", p.Type, p.Version, before.Type, before.Version)
		}
		last[p.Data.Id] = p
	}
}

// subscribeClosely stores a webhook that is told about every version: nothing is
// merged but what waits.
func subscribeClosely(t *testing.T, data, address string) {
	t.Helper()
	cfg := config.Config{Data: data}
	a, err := app.OpenArchive(t.Context(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	key, err := app.SealKey(cfg)
	if err != nil {
		t.Fatal(err)
	}
	secret := "whsec_" + strings.Repeat("QUFB", 8)
	s := notify.Subscription{
		ID: "0190b1a4-7a30-7cc1-b0d5-2f6a9d1c8e11", Channel: "webhook", State: notify.Active, Filter: notify.Filter{From: detect.Warning, Over: true}, Language: "en",
		Distance: time.Nanosecond, Settings: map[string]string{"format": "standard"}, Created: time.Now(),
	}
	if err := notify.Seal(key, &s, notify.Private{Address: address, Secret: secret}); err != nil {
		t.Fatal(err)
	}
	if err := a.AddSubscription(t.Context(), s); err != nil {
		t.Fatal(err)
	}
}
