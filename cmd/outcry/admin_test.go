package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/outcry/outcry/api"
)

// failingCommand runs a command that must fail, and returns what it prints.
func failingCommand(t *testing.T, settings []string, args ...string) string {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, args...)
	cmd.Env = settings
	out, err := cmd.CombinedOutput()
	if err == nil {
		t.Fatalf("outcry %s succeeds, want it to fail: %s", strings.Join(args, " "), out)
	}
	return string(out)
}

// readIncident reads an incident from the API.
func (s *server) readIncident(id string) (in api.IncidentDetail) {
	s.t.Helper()
	code, body := s.get("/api/v1/incidents/" + id)
	if err := json.Unmarshal([]byte(body), &in); err != nil || code != http.StatusOK {
		s.t.Fatalf("GET incident %s: %d, %v: %s", id, code, err, body)
	}
	return in
}

func TestAnOperatorCorrectsIncidentsByCommand(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts a server")
	}
	data := t.TempDir()
	s := startServer(t, data, "OUTCRY_TICK=1s", "OUTCRY_TRUSTED_PROXIES=127.0.0.1")
	key := strings.TrimSpace(runCommand(t, data, "keys", "create", "--scope", "admin", "--name", "night desk", "--quiet"))
	listen := strings.TrimPrefix(s.url, "http://")
	settings := []string{"OUTCRY_LISTEN=" + listen, "HOME=" + data, "OUTCRY_ADMIN_KEY=" + key}
	operator := func(args ...string) string { return runCommandWith(t, settings, append([]string{"admin"}, args...)...) }

	onset := time.Now().UTC().Add(-10 * time.Minute).Truncate(time.Minute)
	id := "whatsapp-" + onset.Format("2006-01-02-1504")
	operator("declare", "whatsapp", "--onset", onset.Format(time.RFC3339), "--countries", "IN,BD", "--text", "en=Carriers told us.", "--text", "bn=অপারেটররা জানিয়েছে।")
	if in := s.readIncident(id); in.State != "confirmed" || in.Level != "outage" || len(in.Countries) != 2 || in.Corrections[0].Change != "declared" {
		t.Errorf("declared: %+v", in)
	}
	if _, page := s.get("/bn/whatsapp"); !strings.Contains(page, "এই সাইটের পরিচালকেরা এটি ঘোষণা করেছেন") {
		t.Error("the page of the service does not say that the operators declared the outage")
	}
	operator("note", id, "--text", "en=We asked the company.", "--text", "bn=আমরা প্রতিষ্ঠানটিকে জিজ্ঞেস করেছি।")
	operator("correct", id, "--onset", onset.Add(-5*time.Minute).Format(time.RFC3339), "--countries", "BD,NP")
	in := s.readIncident(id)
	if len(in.Corrections) != 3 || !in.Onset.Equal(onset.Add(-5*time.Minute)) || in.Corrections[2].Countries[1] != "NP" || in.Timeline[len(in.Timeline)-1].Change != "corrected" {
		t.Errorf("noted and corrected: %+v", in)
	}
	if _, page := s.get("/bn/incidents/" + id); !strings.Contains(page, "আমরা প্রতিষ্ঠানটিকে জিজ্ঞেস করেছি।") || !strings.Contains(page, "দেশ সংশোধিত") {
		t.Error("the page of the incident has neither the note nor the correction in Bengali")
	}
	if _, page := s.get("/de/incidents/" + id); !regexp.MustCompile(`<q lang="?en"?[^>]*>We asked the company.</q>`).MatchString(page) {
		t.Error("the German page does not mark the note as English")
	}
	operator("retract", id, "--text", "en=The carriers were wrong.")
	if in := s.readIncident(id); in.State != "retracted" || in.Level != "ok" || in.RetractedAt.IsZero() {
		t.Errorf("retracted: %+v", in)
	}
	if _, list := s.get("/api/v1/incidents"); strings.Contains(list, id) {
		t.Errorf("the list still has the retracted incident: %s", list)
	}
	if _, list := s.get("/api/v1/incidents?state=retracted"); !strings.Contains(list, id) {
		t.Errorf("the list of retracted incidents lacks it: %s", list)
	}
	if _, page := s.get("/en/incidents/" + id); !strings.Contains(page, "was retracted") || !strings.Contains(page, "The carriers were wrong.") {
		t.Error("the page of the incident does not say that it was retracted, and why")
	}
	if _, status := s.get("/api/v1/services/whatsapp"); !strings.Contains(status, `"level":"ok"`) {
		t.Errorf("after the retraction: %s", status)
	}

	operator("mute", "signal", "--hours", "3", "--text", "en=A campaign.", "--text", "bn=একটি প্রচার চলছে।")
	if _, status := s.get("/api/v1/services/signal"); !strings.Contains(status, `"code":"muted"`) || !strings.Contains(status, `"muted_until":"`) || !strings.Contains(status, `"level":"ok"`) {
		t.Errorf("muted: %s", status)
	}
	if _, page := s.get("/bn/signal"); !strings.Contains(page, "বিচার বন্ধ") || !strings.Contains(page, "একটি প্রচার চলছে।") {
		t.Error("the Bengali page does not say that the service is muted, and why")
	}
	operator("unmute", "signal")

	operator("block", "203.0.113.7/24")
	operator("unblock", "203.0.113.0/24")

	testExclusions(t, s, operator)

	trail := operator("audit")
	for _, want := range []string{"night desk (outcry_admin_", "declare", "note", "correct", "retract", "mute", "unmute", "applied", "The carriers were wrong."} {
		if !strings.Contains(trail, want) {
			t.Errorf("the audit trail lacks %q:\n%s", want, trail)
		}
	}
	if strings.Contains(trail, "203.0") || !strings.Contains(trail, "IPv4 /24") {
		t.Errorf("the audit trail has the address of a network, or lacks its length:\n%s", trail)
	}
	if strings.Contains(trail, key) {
		t.Error("the audit trail has the secret of the key")
	}

	second := onset.Add(6 * time.Minute).Format(time.RFC3339) // the first is retracted, and another one is merged
	operator("declare", "telegram", "--onset", onset.Format(time.RFC3339))
	first := "telegram-" + onset.Format("2006-01-02-1504")
	operator("correct", first, "--end", time.Now().UTC().Format(time.RFC3339Nano))
	for _, wrong := range []struct {
		says string
		args []string
	}{
		{"must be after the end of " + first, []string{"declare", "telegram", "--onset", second}},
		{"was retracted", []string{"correct", id, "--end", second}},
		{"is over", []string{"confirm", first}},
		{"there is no such incident", []string{"note", "whatsapp-2001-01-01-0000", "--text", "en=a"}},
		{"is not an ISO 3166-1", []string{"correct", first, "--countries", "XQ"}},
		{"text is missing", []string{"retract", first}},
		{"needs the incident as its first argument", []string{"retract", "--text", "en=a"}},
		{"is not for the action note", []string{"note", first, "--text", "en=a", "--hours", "3"}},
		{"hours is missing", []string{"mute", "signal", "--text", "en=a"}},
		{"is not a service", []string{"mute", "nosuch", "--hours", "1", "--text", "en=a"}},
		{"must be an address or a prefix", []string{"block", "everything"}},
		{"must be LANGUAGE=TEXT", []string{"note", first, "--text", "hello"}},
		{`no command "undo"`, []string{"undo", first}},
	} {
		if out := failingCommand(t, settings, append([]string{"admin"}, wrong.args...)...); !strings.Contains(out, wrong.says) {
			t.Errorf("outcry admin %s: %s; want it to say %q", strings.Join(wrong.args, " "), out, wrong.says)
		}
	}
	plain := strings.TrimSpace(runCommand(t, data, "keys", "create", "--scope", "server", "--name", "app", "--quiet"))
	for env, says := range map[string]string{"OUTCRY_ADMIN_KEY=" + plain: "key of scope admin", "OUTCRY_ADMIN_KEY=nosuch": "not known", "OUTCRY_ADMIN_KEY=": "OUTCRY_ADMIN_KEY is not set"} {
		if out := failingCommand(t, []string{"OUTCRY_LISTEN=" + listen, "HOME=" + data, env}, "admin", "audit"); !strings.Contains(out, says) {
			t.Errorf("with %.20s… the command says %s; want %q", env, out, says)
		}
	}
}

// testExclusions takes the reports of a symptom out of the counts of a service, and
// puts them back.
func testExclusions(t *testing.T, s *server, operator func(args ...string) string) {
	t.Helper()
	for i, symptom := range []string{"login", "messaging", "login"} {
		body := fmt.Sprintf(`{"symptom":%q}`, symptom)
		if code, answer := s.post("/api/v1/services/discord/reports", body, "X-Forwarded-For", fmt.Sprintf("203.0.11%d.9", i)); code != http.StatusAccepted {
			t.Fatalf("POST answered %d: %s", code, answer)
		}
	}
	wantObserved := func(want int) {
		t.Helper()
		waitFor(t, fmt.Sprintf("%d counted reports", want), func() bool {
			var answer api.ServiceDetail
			_, body := s.get("/api/v1/services/discord")
			return json.Unmarshal([]byte(body), &answer) == nil && int(answer.Status.Observed) == want
		})
	}
	wantObserved(3)
	senders := operator("senders", "discord")
	if !strings.Contains(senders, "3 reports of discord") || !strings.Contains(senders, "login 2, messaging 1") || !regexp.MustCompile(`(?m)^[0-9a-f]{7} +3 +100 %`).MatchString(senders) {
		t.Errorf("the loudest senders:\n%s", senders)
	}
	now := time.Now().UTC()
	from, to := now.Add(-5*time.Minute).Format(time.RFC3339), now.Truncate(time.Minute).Add(time.Minute).Format(time.RFC3339)
	applied := operator("exclude", "discord", "--from", from, "--to", to, "--symptom", "login", "--network", "203.0.0.0/16", "--text", "en=A test of ours.")
	wantObserved(1)
	if _, page := s.get("/en/discord"); !strings.Contains(page, "took 2 reports out of the counts") || !strings.Contains(page, "A test of ours.") {
		t.Error("the page of the service does not say what was taken out, and why")
	}
	number := regexp.MustCompile(`Action (\d+)`).FindStringSubmatch(applied)[1]
	operator("include", number)
	wantObserved(3)
}
