package main

import (
	"bufio"
	"context"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// startReplay starts a live replay of the 2017 story into s.
func startReplay(t *testing.T, s *server, key, speed string) (*exec.Cmd, *safeBuffer) {
	t.Helper()
	return startReplayOf(t, "whatsapp-2017-11-03", s.url, key, speed)
}

// startReplayOf starts a live replay of a story into the server at url.
func startReplayOf(t *testing.T, story, url, key, speed string) (*exec.Cmd, *safeBuffer) {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	output := &safeBuffer{}
	cmd := exec.Command(path, "simulate", story, "--to", url, "--speed", speed)
	cmd.Env = []string{"OUTCRY_KEY=" + key}
	cmd.Stdout, cmd.Stderr = output, output
	if err := cmd.Start(); err != nil {
		t.Fatalf("start the replay: %v", err)
	}
	t.Cleanup(func() {
		if cmd.ProcessState == nil {
			cmd.Process.Kill() // it may have ended by itself
			cmd.Wait()
		}
	})
	return cmd, output
}

func TestLiveReplayIsCountedAndDeclared(t *testing.T) {
	data := t.TempDir()
	key := strings.TrimSpace(runCommand(t, data, "keys", "create", "--scope", "server", "--name", "replay", "--quiet"))
	s := startServer(t, data, "OUTCRY_SIMULATED=true", "OUTCRY_LOG=warn")
	// At this speed the outage begins after forty seconds and lasts forty seconds.
	// That is long enough for a server that judges every ten seconds.
	replay, output := startReplay(t, s, key, "60")
	s.awaitIncident()
	if err := replay.Process.Signal(os.Interrupt); err != nil {
		t.Fatalf("stop the replay: %v\n%s", err, output)
	}
	if replay.Wait(); replay.ProcessState.ExitCode() != 130 || !strings.Contains(output.String(), " 0 rejected") {
		t.Errorf("the interrupted replay ended with %s and printed %q, want exit status 130 and 0 rejected", replay.ProcessState, output)
	}
	if n := countedReports(t, s); n < 1000 {
		t.Errorf("countedReports = %d, want at least 1000", n)
	}
	status, body := s.get("/api/v1/incidents")
	if status != 200 || !strings.Contains(body, `"service":"whatsapp"`) || !strings.Contains(body, `"simulated":true`) {
		t.Errorf("GET incidents answered %d %s, want 200 with an incident of WhatsApp marked as simulated\n%s", status, body, s.log)
	}
	for _, page := range []string{"/", "/whatsapp", "/bn/whatsapp", "/nowhere"} {
		if _, body := s.get(page); !strings.Contains(body, "Simulated") && !strings.Contains(body, "অনুকৃত") {
			t.Errorf("GET %s has no mark of a simulation, want Simulated or অনুকৃত", page)
		}
	}
}

// awaitIncident follows the server's events from the first on until one is about
// an incident. It waits because the server judges only every ten seconds.
func (s *server) awaitIncident() {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+"/api/v1/events", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Last-Event-ID", "0")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatalf("follow the events: %v\n%s", err, s.log)
	}
	defer res.Body.Close()
	lines := bufio.NewScanner(res.Body)
	for lines.Scan() {
		if lines.Text() == "event: incident" {
			return
		}
	}
	s.t.Fatalf("the event stream ended or three minutes passed before an incident event: %v\n%s", lines.Err(), s.log)
}

func TestLiveReplayRefusesAServerThatIsNotSimulated(t *testing.T) {
	data := t.TempDir()
	key := strings.TrimSpace(runCommand(t, data, "keys", "create", "--scope", "server", "--name", "replay", "--quiet"))
	s := startServer(t, data)
	replay, output := startReplay(t, s, key, "1500")
	if err := replay.Wait(); err == nil || !strings.Contains(output.String(), "OUTCRY_SIMULATED=true") {
		t.Errorf("the replay ended with %v and printed %q, want an error that names OUTCRY_SIMULATED=true", err, output)
	}
	if n := countedReports(t, s); n != 0 {
		t.Errorf("countedReports = %d, want 0", n)
	}
}
