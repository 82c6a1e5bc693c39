package main

import (
	"bufio"
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
)

// signalled sends a signal to a server and returns what it logged from then on, as
// soon as that contains one of the texts.
func (s *server) signalled(sig os.Signal, texts ...string) string {
	s.t.Helper()
	before := len(s.log.String())
	if err := s.cmd.Process.Signal(sig); err != nil {
		s.t.Fatalf("send %v: %v", sig, err)
	}
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		logged := s.log.String()[before:]
		for _, text := range texts {
			if strings.Contains(logged, text) {
				return logged
			}
		}
	}
	s.t.Fatalf("the server did not log any of %q after %v:\n%s", texts, sig, s.log)
	return ""
}

// reload sends SIGHUP and returns what the server logged of it.
func (s *server) reload() string {
	s.t.Helper()
	return s.signalled(syscall.SIGHUP, "msg=reloaded", "nothing was reloaded")
}

// load posts reports over several connections until it is stopped. It returns the
// IDs of those answered as counted, and the failures of requests that reached the
// server.
func (s *server) load() (stop func() (counted map[string]bool, failures []string)) {
	const connections = 8
	var (
		mu       sync.Mutex
		counted  = map[string]bool{}
		failures []string
		wg       sync.WaitGroup
		ending   atomic.Bool
	)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections}}
	for c := range connections {
		wg.Go(func() {
			for i := 0; !ending.Load(); i++ {
				id := uuid.NewString()
				body := fmt.Sprintf(`{"symptom":"messaging","country":"IN","id":%q,"device":"%d-%d"}`, id, c, i)
				res, err := client.Post(s.url+reports, "application/json", strings.NewReader(body))
				if err != nil && strings.Contains(err.Error(), "connection refused") {
					return // the server has gone, and the request did not reach it
				}
				mu.Lock()
				switch {
				case err != nil:
					failures = append(failures, err.Error())
				case res.StatusCode != http.StatusAccepted:
					failures = append(failures, res.Status)
				default:
					counted[id] = true
				}
				mu.Unlock()
				if err == nil {
					res.Body.Close()
				}
			}
		})
	}
	return func() (map[string]bool, []string) {
		ending.Store(true)
		wg.Wait()
		client.CloseIdleConnections()
		return counted, failures
	}
}

// wantArchived checks that every counted report is in the archive of data once.
func wantArchived(t *testing.T, data string, counted map[string]bool) {
	t.Helper()
	archived := archivedIDs(t, data)
	for id := range counted {
		if archived[id] != 1 {
			t.Errorf("report %s was answered as counted and is archived %d times, want once", id, archived[id])
		}
	}
	if len(counted) < 20 {
		t.Errorf("%d reports were counted, want more for this test to say something", len(counted))
	}
}

// TestSIGHUPReloadsWithoutAGap changes the catalog, the words and the proxies of a
// server under load.
func TestSIGHUPReloadsWithoutAGap(t *testing.T) {
	data, dir := t.TempDir(), t.TempDir()
	write := func(name, text string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	extra, proxies := write("extra.yaml", ""), write("proxies", "")
	write("words/en.json", "")
	s := startServer(t, data, "OUTCRY_LIMITS=off", "OUTCRY_LOG=info", "OUTCRY_TICK=1s",
		"OUTCRY_CATALOG_EXTRA="+extra, "OUTCRY_WORDS="+filepath.Join(dir, "words"), "OUTCRY_TRUSTED_PROXIES_FILE="+proxies)
	stream, err := http.Get(s.url + "/api/v1/events")
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Body.Close()
	stop := s.load()

	if code, _ := s.get("/campus-mail"); code != http.StatusNotFound {
		t.Errorf("the page of a service that is not there answers %d, want 404", code)
	}
	embedOf := func() string {
		_, body := s.getWith("/oembed?url="+s.url+"/whatsapp", "X-Forwarded-Proto", "https")
		return body
	}
	if body := embedOf(); strings.Contains(body, "https://127.0.0.1") {
		t.Errorf("a header of somebody who is not trusted is used: %s", body)
	}
	write("extra.yaml", "services:\n  campus-mail: {names: {en: Campus Mail}, category: email}\n  telegram: {hidden: true}\n")
	write("proxies", "127.0.0.1 # ours\n")
	write("words/en.json", `{"home_search": "Look it up"}`)
	logged := s.reload()
	for _, want := range []string{"msg=reloaded", "campus-mail", `service \"telegram\" is hidden`, "extra.yaml:3", "trusted_proxies=1"} {
		if !strings.Contains(logged, want) {
			t.Errorf("the log of a reload lacks %q:\n%s", want, logged)
		}
	}
	for path, want := range map[string]int{"/campus-mail": 200, "/telegram": 404, "/api/v1/services/campus-mail": 200} {
		if code, _ := s.get(path); code != want {
			t.Errorf("GET %s answers %d after the reload, want %d", path, code, want)
		}
	}
	if code, body := s.post("/api/v1/services/campus-mail/reports", `{"symptom":"login"}`); code != http.StatusAccepted {
		t.Errorf("a report of a new service is answered with %d %s, want 202", code, body)
	}
	if _, body := s.get("/"); !strings.Contains(body, "Look it up") {
		t.Error("the page does not have the new words after the reload")
	}
	if body := embedOf(); !strings.Contains(body, "https://127.0.0.1") {
		t.Errorf("the header of a proxy that is trusted now is not used: %s", body)
	}

	for name, wrong := range map[string]string{
		"extra.yaml":    "services:\n  campus-mail: {naems: {en: X}, category: email}\n",
		"words/en.json": `{"home_serch": "X"}`,
		"proxies":       "our proxy\n",
	} {
		good, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		write(name, wrong)
		if logged := s.reload(); !strings.Contains(logged, "nothing was reloaded") || !strings.Contains(logged, "Correct this and send SIGHUP again") {
			t.Errorf("the log of a reload with a wrong %s does not say so:\n%s", name, logged)
		}
		if code, _ := s.get("/campus-mail"); code != 200 {
			t.Errorf("with a wrong %s the page of a service answers %d, want the state before", name, code)
		}
		write(name, string(good))
	}
	for range 5 {
		s.reload()
	}
	counted, failures := stop()
	if len(failures) > 0 {
		t.Errorf("%d requests failed during reloads, want none: %q", len(failures), failures[0])
	}
	s.stop()
	if lines := linesOf(t, stream); !strings.HasPrefix(lines[len(lines)-1], "retry: ") {
		t.Errorf("the event stream ended with %q, want a line that says when to come back", lines)
	}
	wantArchived(t, data, counted)
}

// linesOf returns the lines of a stream until it ends, without empty ones. The
// stream must end as HTTP says.
func linesOf(t *testing.T, stream *http.Response) (lines []string) {
	t.Helper()
	scanner := bufio.NewScanner(stream.Body)
	for scanner.Scan() {
		if scanner.Text() != "" {
			lines = append(lines, scanner.Text())
		}
	}
	if err := scanner.Err(); err != nil {
		t.Errorf("the event stream was cut off: %v", err)
	}
	if len(lines) == 0 {
		t.Fatal("the event stream was empty")
	}
	return lines
}

// TestSIGTERMLetsOthersNoticeFirst stops a server under load. It is not ready at
// once, serves on for the set time, and cuts nothing off.
func TestSIGTERMLetsOthersNoticeFirst(t *testing.T) {
	data := t.TempDir()
	s := startServer(t, data, "OUTCRY_LIMITS=off", "OUTCRY_LOG=info", "OUTCRY_DRAIN_WAIT=1s")
	stream, err := http.Get(s.url + "/api/v1/events")
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Body.Close()
	stop := s.load()
	if code, _ := s.get("/readyz"); code != 200 {
		t.Fatalf("/readyz answers %d before the signal, want 200", code)
	}
	s.signalled(syscall.SIGTERM, "about to stop")
	if code, body := s.get("/readyz"); code != 503 || !strings.Contains(body, "stop") {
		t.Errorf("/readyz answers %d %q after SIGTERM, want 503 with the reason", code, body)
	}
	for path, want := range map[string]int{"/healthz": 200, "/whatsapp": 200} {
		if code, _ := s.get(path); code != want {
			t.Errorf("GET %s answers %d while the server waits, want %d", path, code, want)
		}
	}
	if code, body := s.post(reports, `{"symptom":"messaging","device":"late"}`); code != http.StatusAccepted {
		t.Errorf("a report while the server waits is answered with %d %s, want 202", code, body)
	}
	if err := s.wait(); err != nil {
		t.Errorf("the server ended with %v, want no error\n%s", err, s.log)
	}
	counted, failures := stop()
	if len(failures) > 0 {
		t.Errorf("%d requests were cut off, want none: %q", len(failures), failures[0])
	}
	if lines := linesOf(t, stream); !strings.HasPrefix(lines[len(lines)-1], "retry: ") {
		t.Errorf("the event stream ended with %q, want a line that says when to come back", lines)
	}
	wantArchived(t, data, counted)
}

// TestASecondSignalEndsAtOnce stops a server that would wait for minutes.
func TestASecondSignalEndsAtOnce(t *testing.T) {
	for _, second := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		s := startServer(t, t.TempDir(), "OUTCRY_LOG=info", "OUTCRY_DRAIN_WAIT=5m")
		s.signalled(syscall.SIGTERM, "about to stop")
		if err := s.cmd.Process.Signal(second); err != nil {
			t.Fatal(err)
		}
		if err := s.wait(); err == nil {
			t.Errorf("the server ended without an error after a second signal, want the end by %v", second)
		}
	}
}

// TestCtrlCDoesNotWait interrupts a server that would wait for minutes after SIGTERM.
func TestCtrlCDoesNotWait(t *testing.T) {
	s := startServer(t, t.TempDir(), "OUTCRY_LOG=info", "OUTCRY_DRAIN_WAIT=5m")
	s.signalled(os.Interrupt, "msg=stopped")
	if err := s.wait(); err != nil {
		t.Errorf("the server ended with %v, want no error", err)
	}
}

// TestSIGHUPEndsNoCommand sends SIGHUP to a command that is not the server.
func TestSIGHUPEndsNoCommand(t *testing.T) {
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, "backtest", "--in", "-", "--out", "-")
	cmd.Env = []string{"HOME=" + t.TempDir()}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	// A pipe holds less than these rows, so that the command runs once they are written.
	const rows = 10_000
	begin := time.Date(2024, 5, 1, 0, 0, 0, 0, time.UTC)
	var series strings.Builder
	series.WriteString("timestamp,value\n")
	for i := range rows {
		fmt.Fprintf(&series, "%s,%d\n", begin.Add(time.Duration(i)*time.Minute).Format(time.DateTime), i%7)
	}
	if _, err := in.Write([]byte(series.String())); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("backtest after SIGHUP: %v\n%.500s", err, out.String())
	}
	if got := strings.Count(out.String(), "\n"); got < rows {
		t.Errorf("backtest wrote %d lines after SIGHUP, want all %d", got, rows)
	}
}
