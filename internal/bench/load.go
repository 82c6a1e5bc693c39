package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// script makes wrk post one report per request, each from another device. It
// prints the figures as JSON.
//
//go:embed report.lua
var script []byte

// load is the load on a server.
type load struct {
	Connections, Threads int
	Duration             time.Duration
}

// measurement holds the figures of the load generator.
type measurement struct {
	RPS      float64 `json:"rps"`
	P50      float64 `json:"p50_ms"`
	P99      float64 `json:"p99_ms"`
	Answered int64   `json:"answered"` // complete answers with a success status
	Failed   int64   `json:"failed"`   // other statuses and broken connections
}

// run sends POST requests to url. It returns an error if any answer has no
// success status.
func (l load) run(ctx context.Context, url string) (measurement, error) {
	dir, err := os.MkdirTemp("", "outcry-bench-")
	if err != nil {
		return measurement{}, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "report.lua")
	if err := os.WriteFile(path, script, 0o600); err != nil {
		return measurement{}, err
	}
	cmd := exec.CommandContext(ctx, "wrk", "-t", strconv.Itoa(l.Threads), "-c", strconv.Itoa(l.Connections),
		"-d", l.Duration.String(), "--timeout", "5s", "-s", path, url)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return measurement{}, fmt.Errorf("run wrk (Debian: apt-get install wrk): %w: %s", err, stderr.String())
	}
	_, last, found := strings.Cut(stdout.String(), "figures ")
	if !found {
		return measurement{}, fmt.Errorf("wrk printed no figures: %s", stdout.String())
	}
	var m measurement
	if err := json.Unmarshal([]byte(last), &m); err != nil {
		return measurement{}, fmt.Errorf("read the figures of wrk: %w", err)
	}
	if m.Failed > 0 {
		return m, fmt.Errorf("%d of %d requests to %s failed", m.Failed, m.Failed+m.Answered, url)
	}
	return m, nil
}
