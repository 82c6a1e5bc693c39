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

// script makes wrk post one report per request, each from another device, and
// print its figures as JSON.
//
//go:embed report.lua
var script []byte

// load is how hard a server is pressed.
type load struct {
	Connections, Threads int
	Duration             time.Duration
}

// measured is what the load generator saw.
type measurement struct {
	RPS      float64 `json:"rps"`
	P50      float64 `json:"p50_ms"`
	P99      float64 `json:"p99_ms"`
	Answered int64   `json:"answered"` // complete answers with a good status
	Failed   int64   `json:"failed"`   // other statuses and broken connections
}

// run presses POST url. An answer other than a good one makes the measurement
// an error.
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
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	if err := cmd.Run(); err != nil {
		return measurement{}, fmt.Errorf("run wrk (Debian: apt-get install wrk): %w: %s", err, problems.String())
	}
	_, last, found := strings.Cut(out.String(), "figures ")
	if !found {
		return measurement{}, fmt.Errorf("wrk printed no figures: %s", out.String())
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
