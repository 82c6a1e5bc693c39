package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/outcry/outcry/internal/redistest"
)

// TestProcessesThatShareAnInstallationDeliverEachMessageOnce declares outages through
// processes on Redis and Postgres, and kills the one that leads in between.
func TestProcessesThatShareAnInstallationDeliverEachMessageOnce(t *testing.T) {
	r := newReceiver(t)
	inst := startInstallation(t, []*redistest.Server{redistest.Start(t, durable...)}, allowLoopback, "OUTCRY_SECRET="+strings.Repeat("s", 40))
	settings := append([]string{"HOME=" + t.TempDir()}, inst.settings...)
	key := strings.TrimSpace(runCommandWith(t, settings, "keys", "create", "--scope", "admin", "--name", "desk", "--quiet"))
	r.secret = strings.TrimSpace(runCommandWith(t, settings, "webhooks", "create", "--url", r.URL, "--quiet"))
	onset := time.Now().UTC().Add(-20 * time.Minute).Truncate(time.Minute)
	var incidents []string
	for i, service := range []string{"whatsapp", "signal", "netflix", "zoom", "spotify", "youtube"} {
		if i == 3 {
			for _, id := range incidents {
				waitFor(t, "the message about "+id, func() bool { return len(r.types(id)) == 1 })
			}
			waitFor(t, "all deliveries to be noted", func() bool { return inst.server(0).nothingWaits(key) }) // a kill in between may repeat one
			leader := inst.leader(-1)
			inst.server(leader).kill()
			inst.startServer(leader)
		}
		incidents = append(incidents, inst.server(i%len(inst.servers)).declare(key, service, onset))
	}
	for _, id := range incidents {
		waitFor(t, "the message about "+id, func() bool { return len(r.types(id)) == 1 })
	}
	for _, id := range incidents {
		body := `{"action":"retract","incident":"` + id + `","text":{"en":"It was none."}}`
		inst.server(1).post("/api/v1/admin/actions", body, "Authorization", "Bearer "+key)
	}
	for _, id := range incidents {
		waitFor(t, "the retraction of "+id, func() bool { return slices.Equal(r.types(id), []string{"incident.confirmed", "incident.retracted"}) })
	}
	seen := map[string]bool{}
	for _, p := range r.posts() {
		if seen[p.id] {
			t.Errorf("message %s (%s of %s) arrived twice", p.id, p.Type, p.Data.Id)
		}
		seen[p.id] = true
	}
	failing := slices.DeleteFunc(slices.Clone(settings), func(s string) bool { return strings.HasPrefix(s, "OUTCRY_SECRET=") })
	if got := failingCommand(t, append(failing, "OUTCRY_LISTEN=127.0.0.1:0"), "serve"); !strings.Contains(got, "OUTCRY_SECRET is not set") {
		t.Errorf("serve without OUTCRY_SECRET printed %s, want an error that names the setting", got)
	}
}
