package main

import (
	"net/http"
	"os/exec"
	"strings"
	"testing"

	"github.com/outcry/outcry/internal/pgtest"
	"github.com/outcry/outcry/internal/redistest"
)

// startRefused starts Outcry with settings that it must refuse, and returns what
// it prints.
func startRefused(t *testing.T, settings ...string) string {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path)
	cmd.Env = append([]string{"OUTCRY_LISTEN=127.0.0.1:0"}, settings...)
	out, err := cmd.CombinedOutput()
	if err == nil {
		t.Fatalf("outcry with %v ended without an error, want a refusal\n%s", settings, out)
	}
	return string(out)
}

func TestSimulatedAndRealReportsAreKeptApart(t *testing.T) {
	report := `{"symptom":"messaging"}`
	simulated, genuine := t.TempDir(), t.TempDir()
	for data, settings := range map[string][]string{simulated: {"OUTCRY_SIMULATED=true"}, genuine: nil} {
		s := startServer(t, data, settings...)
		if status, body := s.post(reports, report); status != http.StatusAccepted {
			t.Fatalf("POST %s with settings %v answered %d %s, want 202", reports, settings, status, body)
		}
		s.stop()
	}
	if output := startRefused(t, "OUTCRY_DATA="+simulated); !strings.Contains(output, "OUTCRY_SIMULATED=true") {
		t.Errorf("a real server on simulated data printed %q, want it to name OUTCRY_SIMULATED=true", output)
	}
	if output := startRefused(t, "OUTCRY_DATA="+genuine, "OUTCRY_SIMULATED=true"); !strings.Contains(output, "OUTCRY_DATA") {
		t.Errorf("a simulated server on real data printed %q, want it to name OUTCRY_DATA", output)
	}
	startServer(t, simulated, "OUTCRY_SIMULATED=true").stop()
	startServer(t, genuine).stop()
}

func TestOnlyATrustedProxyMaySetXForwardedFor(t *testing.T) {
	body := `{"symptom":"messaging"}`
	for _, c := range []struct {
		name     string
		settings []string
		headers  [2][]string
		repeat   bool // both reports are of the same reporter
	}{
		{"nobody is trusted", nil,
			[2][]string{{"X-Forwarded-For", "81.2.69.142"}, {"X-Forwarded-For", "81.2.69.143"}}, true},
		{"two senders behind a proxy", []string{"OUTCRY_TRUSTED_PROXIES=127.0.0.1"},
			[2][]string{{"X-Forwarded-For", "81.2.69.142"}, {"X-Forwarded-For", "81.2.69.143"}}, false},
		{"another header", []string{"OUTCRY_TRUSTED_PROXIES=127.0.0.1"},
			[2][]string{{"X-Real-IP", "81.2.69.142"}, {"X-Real-IP", "81.2.69.143"}}, true},
		{"a proxy that writes ports", []string{"OUTCRY_TRUSTED_PROXIES=127.0.0.1"},
			[2][]string{{"X-Forwarded-For", "81.2.69.142:4711", "X-Real-IP", "9.9.9.1"}, {"X-Forwarded-For", "81.2.69.142:4712", "X-Real-IP", "9.9.9.2"}}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := startServer(t, t.TempDir(), c.settings...)
			s.post(reports, body, c.headers[0]...)
			_, second := s.post(reports, body, c.headers[1]...)
			if got := strings.Contains(second, `"counted":false`); got != c.repeat {
				t.Errorf("the second POST %s answered %s: repeat = %v, want %v", reports, second, got, c.repeat)
			}
		})
	}
}

// TestARedisBelongsToOneDatabase starts servers on the Redis of another server,
// each with a database of its own.
func TestARedisBelongsToOneDatabase(t *testing.T) {
	redis := "OUTCRY_REDIS_URL=" + redistest.Start(t).URL()
	s := startServer(t, t.TempDir(), redis, "OUTCRY_DATABASE_URL="+pgtest.Database(t))
	if status, body := s.post(reports, `{"symptom":"messaging"}`); status != http.StatusAccepted {
		t.Fatalf("POST %s answered %d %s, want 202", reports, status, body)
	}
	for _, simulated := range []string{"false", "true"} {
		output := startRefused(t, redis, "OUTCRY_DATABASE_URL="+pgtest.Database(t), "OUTCRY_SIMULATED="+simulated)
		if !strings.Contains(output, "another database") || !strings.Contains(output, "OUTCRY_REDIS_URL") {
			t.Errorf("outcry with OUTCRY_SIMULATED=%s printed %q, want it to name another database and OUTCRY_REDIS_URL", simulated, output)
		}
	}
	s.stop()
}
