// Package launch starts a server of Outcry for a measurement, with an empty data folder
// that is removed afterwards.
package launch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Server is a process of Outcry.
type Server struct {
	URL string
	// Metrics is the address of its metrics.
	Metrics string
	cmd     *exec.Cmd
	data    string
	log     bytes.Buffer // read it after Stop
}

// Start starts the program at a path with further settings, and returns it when it
// answers. It trusts a proxy on this machine, so a client can name the address of each
// request.
func Start(ctx context.Context, binary string, settings ...string) (*Server, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	metrics, err := freeAddress()
	if err != nil {
		return nil, err
	}
	data, err := os.MkdirTemp("", "outcry-launch-")
	if err != nil {
		return nil, fmt.Errorf("make a data folder: %w", err)
	}
	s := &Server{URL: "http://" + address, Metrics: "http://" + metrics + "/metrics", data: data, cmd: exec.Command(binary)}
	s.cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "OUTCRY_") })
	s.cmd.Env = append(s.cmd.Env, "OUTCRY_LISTEN="+address, "OUTCRY_METRICS_LISTEN="+metrics, "OUTCRY_DATA="+data, "OUTCRY_LOG=warn", "OUTCRY_TRUSTED_PROXIES=127.0.0.1")
	s.cmd.Env = append(s.cmd.Env, settings...)
	s.cmd.Stderr = &s.log
	if err := s.cmd.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("start %s (scripts/build builds it): %w", binary, err), os.RemoveAll(data))
	}
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); pause(ctx, 50*time.Millisecond) {
		if res, err := http.Get(s.URL + "/healthz"); err == nil {
			return s, res.Body.Close()
		}
	}
	log, err := s.Stop()
	return nil, errors.Join(fmt.Errorf("%s does not answer after 20 s: %s", binary, log), err)
}

// freeAddress returns an address of this machine on which nothing listens.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	return l.Addr().String(), l.Close()
}

// pause waits for as long as this, or until ctx ends.
func pause(ctx context.Context, length time.Duration) {
	timer := time.NewTimer(length)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// Stop ends the server, removes its data and returns its log. The error says that the
// server did not end in order.
func (s *Server) Stop() (log string, err error) {
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		err = fmt.Errorf("the server has ended by itself: %w", err)
		return s.log.String(), errors.Join(err, s.cmd.Wait(), os.RemoveAll(s.data))
	}
	if err = s.cmd.Wait(); err != nil {
		err = fmt.Errorf("the server ended with: %w", err)
	}
	return s.log.String(), errors.Join(err, os.RemoveAll(s.data))
}

// Memory is what a server takes, in bytes.
type Memory struct{ Resident, Most int64 }

// Memory reads what the kernel of Linux says about the server.
func (s *Server) Memory() (Memory, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return Memory{}, fmt.Errorf("read the memory of the server, which Linux tells: %w", err)
	}
	var m Memory
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(line, ":")
		if name != "VmRSS" && name != "VmHWM" {
			continue
		}
		kB, err := strconv.ParseInt(strings.Fields(value)[0], 10, 64)
		if err != nil {
			return Memory{}, fmt.Errorf("read the memory of the server: %w", err)
		}
		if name == "VmRSS" {
			m.Resident = kB << 10
		} else {
			m.Most = kB << 10
		}
	}
	return m, nil
}
