package redistest

import (
	"bytes"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// Server is a Redis of one test, which may stop it.
type Server struct {
	t    testing.TB
	dir  string
	port string
	args []string
	cmd  *exec.Cmd
}

// Start starts a Redis with settings such as "--requirepass", "x".
func Start(t testing.TB, args ...string) *Server {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		t.Fatal("this test needs redis-server on the PATH; scripts/services up installs it")
	}
	s := &Server{t: t, dir: t.TempDir(), port: freePort(t), args: args}
	t.Cleanup(s.Kill)
	s.Start()
	return s
}

// freePort returns a port that nobody listens on.
func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err := errors.Join(err, l.Close()); err != nil {
		t.Fatal(err)
	}
	return port
}

// Addr is where the server listens.
func (s *Server) Addr() string { return "127.0.0.1:" + s.port }

// URL is where the server listens, as a setting says it.
func (s *Server) URL() string { return "redis://" + s.Addr() }

// Start starts the server, also again after Kill, on what it left.
func (s *Server) Start() {
	s.t.Helper()
	log := filepath.Join(s.dir, "log")
	if err := os.RemoveAll(log); err != nil {
		s.t.Fatal(err)
	}
	args := append([]string{"--port", s.port, "--bind", "127.0.0.1", "--dir", s.dir, "--logfile", log, "--save", ""}, s.args...)
	s.cmd = exec.Command("redis-server", args...)
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	deadline := time.Now().Add(10 * time.Second)
	for {
		text, _ := os.ReadFile(log) // not there yet
		if bytes.Contains(text, []byte("Ready to accept connections")) {
			return
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("redis-server does not start:\n%s", text)
		}
	}
}

// Pause stops the server where it is; Resume lets it go on.
func (s *Server) Pause() { s.signal(syscall.SIGSTOP) }

// Resume lets a paused server go on.
func (s *Server) Resume() { s.signal(syscall.SIGCONT) }

func (s *Server) signal(sig syscall.Signal) {
	s.t.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil {
		s.t.Fatal(err)
	}
}

// Kill ends the server at once, as a crash does.
func (s *Server) Kill() {
	if s.cmd == nil {
		return
	}
	_ = s.cmd.Process.Kill() // it may have ended by itself
	_ = s.cmd.Wait()         // it says that it was killed
	s.cmd = nil
}
