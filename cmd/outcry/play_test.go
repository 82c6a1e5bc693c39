package main

import (
	"os/exec"
	"strings"
	"testing"
)

// playInto replays a story live into s and returns what the command said.
func playInto(t *testing.T, s *server, key, speed string) (string, error) {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, "simulate", "whatsapp-2017-11-03", "--to", s.url, "--speed", speed)
	cmd.Env = []string{"OUTCRY_KEY=" + key}
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func TestLiveReplayIsCountedAndDeclared(t *testing.T) {
	data := t.TempDir()
	key := strings.TrimSpace(runCommand(t, data, "keys", "create", "--scope", "server", "--name", "replay", "--quiet"))
	s := startServer(t, data, "OUTCRY_SIMULATED=true", "OUTCRY_LOG=warn")
	// Eight hours in 21 s: the outage itself is over within two of them.
	said, err := playInto(t, s, key, "1500")
	if err != nil {
		t.Fatalf("the replay failed: %v\n%s\n%s", err, said, s.log)
	}
	if !strings.Contains(said, " 0 rejected") {
		t.Errorf("the replay said %q", said)
	}
	if n := counted(t, s); n < 40_000 {
		t.Errorf("%d reports are in the windows; want more than 40,000", n)
	}
	status, body := s.get("/api/v1/incidents")
	if status != 200 || !strings.Contains(body, `"service":"whatsapp"`) || !strings.Contains(body, `"simulated":true`) {
		t.Errorf("GET incidents answered %d %s; want an incident of WhatsApp, said to be simulated", status, body)
	}
	for _, page := range []string{"/", "/whatsapp", "/bn/whatsapp", "/nowhere"} {
		if _, body := s.get(page); !strings.Contains(body, "Simulated") && !strings.Contains(body, "অনুকৃত") {
			t.Errorf("%s does not say that it is simulated", page)
		}
	}
}

func TestLiveReplayRefusesAServerThatIsNotSimulated(t *testing.T) {
	data := t.TempDir()
	key := strings.TrimSpace(runCommand(t, data, "keys", "create", "--scope", "server", "--name", "replay", "--quiet"))
	s := startServer(t, data)
	said, err := playInto(t, s, key, "1500")
	if err == nil || !strings.Contains(said, "OUTCRY_SIMULATED=true") {
		t.Errorf("the replay ended with %v and said %q; want a refusal that names the setting", err, said)
	}
	if n := counted(t, s); n != 0 {
		t.Errorf("%d reports were counted; want none", n)
	}
}
