package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// binary builds the program once for all tests of this package.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "outcry-test-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "outcry")
	cmd := exec.Command("go", "build", "-o", path, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build outcry: %w\n%s", err, out)
	}
	return path, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if path, err := binary(); err == nil {
		os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

// server is a running process of Outcry.
type server struct {
	t    *testing.T
	url  string
	cmd  *exec.Cmd
	log  *safeBuffer
	done chan error
}

// startServer starts Outcry on the folder data with further settings. It returns
// once Outcry has printed its address.
func startServer(t *testing.T, data string, settings ...string) *server {
	t.Helper()
	return startServerBy(t, nil, data, settings...)
}

// startServerBy starts Outcry like startServer, by the command by if there is one, to
// which the path of the program is added.
func startServerBy(t *testing.T, by []string, data string, settings ...string) *server {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	s := &server{t: t, log: &safeBuffer{}, done: make(chan error, 1)}
	by = append(slices.Clone(by), path)
	s.cmd = exec.Command(by[0], by[1:]...)
	s.cmd.Env = append([]string{"OUTCRY_LISTEN=127.0.0.1:0", "OUTCRY_DATA=" + data, "OUTCRY_LOG=debug", "OUTCRY_DRAIN_WAIT=0s", "HOME=" + data}, settings...)
	s.cmd.Stderr = s.log
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatalf("start outcry: %v", err)
	}
	t.Cleanup(func() { s.kill() })
	first, err := bufio.NewReader(io.TeeReader(out, s.log)).ReadString('\n')
	if err != nil {
		t.Fatalf("read the first line of outcry: %v\n%s", err, s.log)
	}
	go func() { // ends with the process
		io.Copy(s.log, out)
		s.done <- s.cmd.Wait()
	}()
	_, url, found := strings.Cut(strings.TrimSpace(first), "http://")
	if !found {
		t.Fatalf("the first line of outcry is %q, want one with its address", first)
	}
	s.url = "http://" + strings.Fields(url)[0]
	return s
}

// kill ends the process at once, as a power cut would.
func (s *server) kill() {
	if s.cmd.ProcessState == nil {
		s.cmd.Process.Kill() // it may have ended by itself
		s.wait()
	}
}

// stop asks the process to end and waits until it has drained.
func (s *server) stop() {
	s.t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		s.t.Fatalf("stop outcry: %v", err)
	}
	if err := s.wait(); err != nil {
		s.t.Fatalf("outcry stopped with error %v, want none\n%s", err, s.log)
	}
}

// wait waits until the process has ended, and returns the error that it ended with.
func (s *server) wait() error {
	select {
	case err := <-s.done:
		s.done <- err // for the next waiter
		return err
	case <-time.After(30 * time.Second):
		s.t.Errorf("outcry did not end within 30 s\n%s", s.log)
		return nil
	}
}

// post sends body to path and returns the status and the body of the answer.
func (s *server) post(path, body string, header ...string) (int, string) {
	s.t.Helper()
	req, err := http.NewRequest(http.MethodPost, s.url+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	return s.do(req)
}

// get requests path and returns the status and the body of the answer.
func (s *server) get(path string) (int, string) {
	s.t.Helper()
	return s.getWith(path)
}

// getWith is get with headers.
func (s *server) getWith(path string, header ...string) (int, string) {
	s.t.Helper()
	req, err := http.NewRequest(http.MethodGet, s.url+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	return s.do(req)
}

// do sends a request and returns the status and the body of the answer.
func (s *server) do(req *http.Request) (int, string) {
	s.t.Helper()
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatalf("%s %s: %v\n%s", req.Method, req.URL.Path, err, s.log)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatalf("%s %s: %v", req.Method, req.URL.Path, err)
	}
	return res.StatusCode, string(body)
}

// runCommand runs a command of the program on the folder data and returns its
// standard output.
func runCommand(t *testing.T, data string, args ...string) string {
	t.Helper()
	return runCommandWith(t, []string{"OUTCRY_DATA=" + data, "HOME=" + data}, args...)
}

// runCommandWith runs a command of the program with settings and returns its
// standard output.
func runCommandWith(t *testing.T, settings []string, args ...string) string {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, args...)
	cmd.Env = settings
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("outcry %s: %v\n%s%s", strings.Join(args, " "), err, stdout.String(), stderr.String())
	}
	return stdout.String()
}

// safeBuffer is a buffer that a test may read while a process writes to it.
type safeBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
