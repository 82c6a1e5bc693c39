package main

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

// server is a server that was started for an attack.
type server struct {
	url  string
	cmd  *exec.Cmd
	data string
	log  bytes.Buffer
}

// startServer starts a server with an empty data folder, and returns it when it
// answers.
func startServer(ctx context.Context, binary string) (*server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("find a free port: %w", err)
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		return nil, fmt.Errorf("find a free port: %w", err)
	}
	data, err := os.MkdirTemp("", "outcry-siege-")
	if err != nil {
		return nil, fmt.Errorf("make a data folder: %w", err)
	}
	s := &server{url: "http://" + address, data: data, cmd: exec.Command(binary)}
	s.cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "OUTCRY_") })
	s.cmd.Env = append(s.cmd.Env, "OUTCRY_LISTEN="+address, "OUTCRY_DATA="+data, "OUTCRY_LOG=warn", "OUTCRY_DRAIN_WAIT=0s", "OUTCRY_TRUSTED_PROXIES=127.0.0.1")
	s.cmd.Stderr = &s.log
	if err := s.cmd.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("start %s (scripts/build builds it): %w", binary, err), os.RemoveAll(data))
	}
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); pause(ctx, 50*time.Millisecond) {
		if res, err := http.Get(s.url + "/healthz"); err == nil {
			return s, res.Body.Close()
		}
	}
	s.stop()
	return nil, fmt.Errorf("%s does not answer after 20 s: %s", binary, s.log.String())
}

// stop ends the server and removes its data.
func (s *server) stop() {
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		fmt.Fprintln(os.Stderr, "the server has ended by itself:", err)
	}
	if err := s.cmd.Wait(); err != nil {
		fmt.Fprintf(os.Stderr, "the server: %v\n", err)
	}
	if s.log.Len() > 0 {
		fmt.Fprintf(os.Stderr, "log of the server:\n%.2000s\n", s.log.String())
	}
	if err := os.RemoveAll(s.data); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}

// memory is what the server takes, in bytes.
type memory struct{ resident, most int64 }

// memory reads what the kernel of Linux says about the server.
func (s *server) memory() (memory, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return memory{}, fmt.Errorf("read the memory of the server, which Linux tells: %w", err)
	}
	var m memory
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(line, ":")
		if name != "VmRSS" && name != "VmHWM" {
			continue
		}
		kB, err := strconv.ParseInt(strings.Fields(value)[0], 10, 64)
		if err != nil {
			return memory{}, fmt.Errorf("read the memory of the server: %w", err)
		}
		if name == "VmRSS" {
			m.resident = kB << 10
		} else {
			m.most = kB << 10
		}
	}
	return m, nil
}
