package main

import (
	"net/http"
	"os/exec"
	"strings"
	"testing"

	"github.com/outcry/outcry/internal/pgtest"
	"github.com/outcry/outcry/internal/redistest"
)

// refused starts Outcry with settings that it must refuse and returns why.
func refused(t *testing.T, settings ...string) string {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path)
	cmd.Env = append([]string{"OUTCRY_LISTEN=127.0.0.1:0"}, settings...)
	out, err := cmd.CombinedOutput()
	if err == nil {
		t.Fatalf("outcry started with %v\n%s", settings, out)
	}
	return string(out)
}

func TestFictionAndTruthAreKeptApart(t *testing.T) {
	report := `{"symptom":"messaging"}`
	simulated, truth := t.TempDir(), t.TempDir()
	for data, settings := range map[string][]string{simulated: {"OUTCRY_SIMULATED=true"}, truth: nil} {
		s := startServer(t, data, settings...)
		if status, body := s.post(reports, report); status != http.StatusAccepted {
			t.Fatalf("answered %d %s", status, body)
		}
		s.stop()
	}
	if why := refused(t, "OUTCRY_DATA="+simulated); !strings.Contains(why, "OUTCRY_SIMULATED=true") {
		t.Errorf("a folder of simulated reports is refused with %q", why)
	}
	if why := refused(t, "OUTCRY_DATA="+truth, "OUTCRY_SIMULATED=true"); !strings.Contains(why, "OUTCRY_DATA") {
		t.Errorf("a folder of real reports is refused with %q", why)
	}
	startServer(t, simulated, "OUTCRY_SIMULATED=true").stop()
	startServer(t, truth).stop()
}

func TestOnlyTheForwardedForOfATrustedProxyIsBelieved(t *testing.T) {
	body := `{"symptom":"messaging"}`
	for _, c := range []struct {
		name     string
		settings []string
		headers  [2][]string
		again    bool // the second is the same reporter
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
			if got := strings.Contains(second, `"counted":false`); got != c.again {
				t.Errorf("the second report was answered with %s; repeat is %v, want %v", second, got, c.again)
			}
		})
	}
}

// TestARedisServesOneDatabase starts servers that name the Redis of another one's
// windows with a database of their own.
func TestARedisServesOneDatabase(t *testing.T) {
	redis := "OUTCRY_REDIS_URL=" + redistest.Start(t).URL()
	s := startServer(t, t.TempDir(), redis, "OUTCRY_DATABASE_URL="+pgtest.Database(t))
	if status, body := s.post(reports, `{"symptom":"messaging"}`); status != http.StatusAccepted {
		t.Fatalf("answered %d %s", status, body)
	}
	for _, simulated := range []string{"false", "true"} {
		why := refused(t, redis, "OUTCRY_DATABASE_URL="+pgtest.Database(t), "OUTCRY_SIMULATED="+simulated)
		if !strings.Contains(why, "another database") || !strings.Contains(why, "OUTCRY_REDIS_URL") {
			t.Errorf("with OUTCRY_SIMULATED=%s it is refused with %q", simulated, why)
		}
	}
	s.stop()
}
