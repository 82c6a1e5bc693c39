package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/outcry/outcry/internal/redistest"
)

// TestOperatorsReachTheLeaderThroughAnyProcess asks followers for actions, before
// and after the leader is killed. Every process shows what they changed.
func TestOperatorsReachTheLeaderThroughAnyProcess(t *testing.T) {
	inst := startInstallation(t, []*redistest.Server{redistest.Start(t, durable...)})
	key := strings.TrimSpace(runCommandWith(t, append([]string{"HOME=" + t.TempDir()}, inst.settings...), "keys", "create", "--scope", "admin", "--name", "desk", "--quiet"))
	first := inst.leader(-1)
	follower := func(leader int) int { return (leader + 1) % len(inst.servers) }
	operator := func(i int, args ...string) {
		t.Helper()
		server := inst.server(i).url
		runCommandWith(t, []string{"HOME=" + t.TempDir(), "OUTCRY_ADMIN_KEY=" + key}, append(append([]string{"admin"}, args...), "--server", server)...)
	}
	onset := time.Now().UTC().Add(-5 * time.Minute).Truncate(time.Minute)
	id := "whatsapp-" + onset.Format("2006-01-02-1504")
	levelOf := func(i int) string {
		_, body := inst.server(i).get("/api/v1/services/whatsapp")
		var s struct {
			Status struct{ Level string } `json:"status"`
		}
		if err := json.Unmarshal([]byte(body), &s); err != nil {
			t.Fatal(err)
		}
		return s.Status.Level
	}
	corrections := func(i int) int {
		code, body := inst.server(i).get("/api/v1/incidents/" + id)
		var in struct{ Corrections []json.RawMessage }
		if err := json.Unmarshal([]byte(body), &in); err != nil || code != http.StatusOK && code != http.StatusNotFound {
			t.Fatalf("GET incident: %d, %v: %s", code, err, body)
		}
		return len(in.Corrections)
	}
	everywhere := func(what string, n int, level string) {
		t.Helper()
		for i := range inst.servers {
			waitFor(t, what, func() bool { return corrections(i) == n && levelOf(i) == level })
		}
	}

	operator(follower(first), "declare", "whatsapp", "--onset", onset.Format(time.RFC3339), "--countries", "IN")
	everywhere("the declared outage", 1, "outage")
	inst.server(first).kill()
	second := inst.leader(first)
	inst.startServer(first)
	operator(follower(second), "note", id, "--text", "en=Still there after another process leads.")
	everywhere("the note", 2, "outage")
	operator(follower(second), "mute", "signal", "--hours", "1", "--text", "en=A campaign.")
	operator(follower(second), "retract", id, "--text", "en=The carriers were wrong.")
	everywhere("the retraction", 3, "ok")
	operator(follower(second), "note", id, "--text", "en=A note on what is over.")
	everywhere("the note on the past incident", 4, "ok")

	inst.server(second).kill()
	third := inst.leader(second)
	inst.startServer(second)
	for i := range inst.servers {
		waitFor(t, "the mute under the next leader", func() bool {
			_, body := inst.server(i).get("/api/v1/services/signal")
			return strings.Contains(body, `"code":"muted"`)
		})
		_, body := inst.server(i).get("/api/v1/incidents/" + id)
		if !strings.Contains(body, `"state":"retracted"`) || strings.Count(body, `"change":"note"`) != 4 {
			t.Errorf("server %d under leader %d shows %s", i, third, body)
		}
	}
}
