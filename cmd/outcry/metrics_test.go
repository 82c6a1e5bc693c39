package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/outcry/outcry/internal/pgtest"
	"github.com/outcry/outcry/internal/redistest"
)

// metricName matches the metrics in an expression. Functions, labels and keywords
// have no such prefix.
var metricName = regexp.MustCompile(`\b(outcry|go|process)_[a-z0-9_]+\b`)

// metricsOf returns the names of the metrics in an expression.
func metricsOf(expression string) []string {
	return metricName.FindAllString(regexp.MustCompile(`"[^"]*"`).ReplaceAllString(expression, `""`), -1)
}

// seriesOf returns the names of all series of an answer of /metrics.
func seriesOf(answer string) map[string]bool {
	names := map[string]bool{}
	for line := range strings.Lines(answer) {
		if name, _, found := strings.Cut(strings.ReplaceAll(line, "{", " "), " "); found && name != "#" {
			names[name] = true
		}
	}
	return names
}

// dashboard is what the tests read of deploy/grafana/outcry.json.
type dashboard struct {
	Panels []struct {
		Title, Type, Description string
		Targets                  []struct{ Expr string }
	}
}

func readDashboard(t *testing.T) dashboard {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "deploy", "grafana", "outcry.json"))
	if err != nil {
		t.Fatal(err)
	}
	var d dashboard
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatalf("deploy/grafana/outcry.json: %v", err)
	}
	return d
}

// measuredServer starts a process of the distributed mode with metrics, and sends it
// a little of everything. It returns the server and the address of its metrics.
func measuredServer(t *testing.T) (*server, string) {
	t.Helper()
	address := fmt.Sprintf("127.0.0.1:%d", freePort(t))
	s := startServer(t, t.TempDir(), "OUTCRY_TICK=1s", "OUTCRY_METRICS_LISTEN="+address, "OUTCRY_METRICS_SERVICES=whatsapp",
		"OUTCRY_REDIS_URL="+redistest.Start(t, durable...).URL(), "OUTCRY_DATABASE_URL="+pgtest.Database(t))
	for range 3 {
		if code, body := s.post("/api/v1/services/whatsapp/reports", `{"symptom": "messaging"}`); code != http.StatusAccepted {
			t.Fatalf("a report is answered with %d: %s", code, body)
		}
		s.get("/whatsapp")
		s.get("/no-such-service")
	}
	s.post("/api/v1/services/whatsapp/reports", `{"symptom": "no such symptom"}`)
	return s, "http://" + address
}

// fetch returns the body of an answer, which must have status 200.
func fetch(t *testing.T, url string) string {
	t.Helper()
	code, body := (&server{t: t, url: url, log: &safeBuffer{}}).get("")
	if code != http.StatusOK {
		t.Fatalf("GET %s answers %d: %s", url, code, body)
	}
	return body
}

func TestMetricsHoldWhatTheDashboardAndTheRulesAskFor(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts servers")
	}
	s, metrics := measuredServer(t)
	answer := fetch(t, metrics+"/metrics")
	names := seriesOf(answer)
	rules, err := os.ReadFile(filepath.Join("..", "..", "deploy", "prometheus", "rules.yml"))
	if err != nil {
		t.Fatal(err)
	}
	asked := map[string][]string{}
	for expression := range strings.Lines(string(rules)) {
		if !strings.Contains(expression, "action:") && !strings.Contains(expression, "#") {
			asked["rules.yml"] = append(asked["rules.yml"], metricsOf(expression)...)
		}
	}
	for _, p := range readDashboard(t).Panels {
		if p.Type != "row" && p.Description == "" {
			t.Errorf("the panel %q has no description", p.Title)
		}
		for _, target := range p.Targets {
			found := metricsOf(target.Expr)
			if len(found) == 0 {
				t.Errorf("the panel %q asks for no metric: %s", p.Title, target.Expr)
			}
			asked["the panel "+p.Title] = append(asked["the panel "+p.Title], found...)
		}
	}
	if len(asked["rules.yml"]) < 15 || len(asked) < 25 {
		t.Fatalf("%d metrics of rules and %d panels were found: the test does not see them", len(asked["rules.yml"]), len(asked))
	}
	for who, list := range asked {
		for _, name := range list {
			if !names[name] {
				t.Errorf("%s asks for %s, which /metrics does not have", who, name)
			}
		}
	}
	for _, line := range []string{
		`outcry_reports_total{outcome="invalid",source="api"} 1`,
		`outcry_http_requests_total{code="200",method="GET",route="/:service"} 3`,
		`outcry_leader 1`, `outcry_ready 1`,
	} {
		if !strings.Contains(answer, line+"\n") {
			t.Errorf("/metrics has no line %s", line)
		}
	}
	for _, hidden := range []string{"no-such-service", "127.0.0.1", s.url} {
		if strings.Contains(answer, hidden) {
			t.Errorf("/metrics holds %q: paths and addresses must not become labels", hidden)
		}
	}
	if n := strings.Count(answer, "\n"); n > 3000 {
		t.Errorf("/metrics has %d lines, want at most 3,000", n)
	}
}

func TestProfilesAreServedWithTheMetricsOnly(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts a server")
	}
	address := fmt.Sprintf("127.0.0.1:%d", freePort(t))
	s := startServer(t, t.TempDir(), "OUTCRY_METRICS_LISTEN="+address)
	if body := fetch(t, "http://"+address+"/debug/pprof/goroutine?debug=1"); !strings.Contains(body, "goroutine profile") {
		t.Errorf("the profile is %.200s", body)
	}
	for _, path := range []string{"/metrics", "/debug/pprof/", "/debug/pprof/goroutine", "/debug/pprof/profile", "/debug/pprof/heap", "/debug/vars"} {
		if code, _ := s.get(path); code != http.StatusNotFound {
			t.Errorf("GET %s at the public address answers %d, want 404", path, code)
		}
	}
}

func TestRulesOfPrometheusWork(t *testing.T) {
	if testing.Short() {
		t.Skip("it needs promtool")
	}
	promtool := tool(t, "promtool")
	dir := filepath.Join("..", "..", "deploy", "prometheus")
	for _, args := range [][]string{{"check", "rules", "rules.yml"}, {"test", "rules", "rules_test.yml"}} {
		cmd := exec.CommandContext(t.Context(), promtool, args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	rules, err := os.ReadFile(filepath.Join(dir, "rules.yml"))
	if err != nil {
		t.Fatal(err)
	}
	tests, err := os.ReadFile(filepath.Join(dir, "rules_test.yml"))
	if err != nil {
		t.Fatal(err)
	}
	alerts := regexp.MustCompile(`alert: (\w+)`).FindAllStringSubmatch(string(rules), -1)
	for _, alert := range alerts {
		if !strings.Contains(string(tests), `alertname="`+alert[1]+`"`) {
			t.Errorf("no test of rules_test.yml shows that %s fires", alert[1])
		}
	}
	if len(alerts) < 10 || strings.Count(string(rules), "action:") != len(alerts) {
		t.Errorf("%d alerts have %d actions, want one each", len(alerts), strings.Count(string(rules), "action:"))
	}
}
