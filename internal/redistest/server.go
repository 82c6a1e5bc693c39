package redistest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Server is a Redis server of one test, which may stop it.
type Server struct {
	t    testing.TB
	dir  string
	port string
	args []string
	cmd  *exec.Cmd
}

// Start starts a Redis server with arguments such as "--requirepass", "x". It is
// killed when the test ends.
func Start(t testing.TB, args ...string) *Server {
	t.Helper()
	if testing.Short() {
		t.Skip("this test starts a Redis server")
	}
	if _, err := exec.LookPath("redis-server"); err != nil {
		t.Fatal("this test needs redis-server on the PATH; scripts/services up installs it")
	}
	s := &Server{t: t, dir: t.TempDir(), port: freePort(t), args: args}
	t.Cleanup(s.Kill)
	s.Start()
	return s
}

// freePort returns a port on which no server listens.
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

// Addr returns the address on which the server listens.
func (s *Server) Addr() string { return "127.0.0.1:" + s.port }

// Files returns the content of all files in the server's folder, one after the
// other.
func (s *Server) Files() []byte {
	s.t.Helper()
	var all []byte
	err := filepath.WalkDir(s.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		all = append(all, content...)
		if errors.Is(err, fs.ErrNotExist) { // the server has replaced it
			return nil
		}
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return all
}

// URL returns the address of the server in the form of the Redis setting.
func (s *Server) URL() string { return "redis://" + s.Addr() }

// Start starts the server and waits until it accepts connections. After Kill it
// starts it again with the same port and folder.
func (s *Server) Start() {
	s.t.Helper()
	args := append([]string{"--port", s.port, "--bind", "127.0.0.1", "--dir", s.dir, "--save", ""}, s.args...)
	s.cmd = exec.Command("redis-server", args...)
	log, err := s.cmd.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	text, ready := follow(log)
	select {
	case <-ready:
	case output := <-text:
		s.t.Fatalf("redis-server does not start:\n%s", output)
	case <-time.After(10 * time.Second):
		s.t.Fatal("redis-server is not ready after 10 s")
	}
}

// follow reads the log of a server until it ends, so that the server never waits
// for a reader. It closes ready when the server accepts connections; if it never
// does, text receives the log.
func follow(log io.Reader) (text <-chan string, ready <-chan struct{}) {
	ended, accepts := make(chan string, 1), make(chan struct{})
	go func() {
		var read strings.Builder
		lines, started := bufio.NewScanner(log), false
		for lines.Scan() {
			if started {
				continue
			}
			fmt.Fprintln(&read, lines.Text())
			if started = strings.Contains(lines.Text(), "Ready to accept connections"); started {
				close(accepts)
			}
		}
		if !started {
			ended <- read.String()
		}
	}()
	return ended, accepts
}

// Pause suspends the server until Resume.
func (s *Server) Pause() { s.signal(syscall.SIGSTOP) }

// Resume continues a paused server.
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
	_ = s.cmd.Process.Kill() // fails when the server has already ended
	_ = s.cmd.Wait()         // returns an error because the server was killed
	s.cmd = nil
}
