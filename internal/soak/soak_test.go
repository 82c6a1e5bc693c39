package main

import (
	"bytes"
	"errors"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestAShortSoakHasNoFaults runs a soak of some seconds with bursts. It checks neither
// times nor memory, which depend on what else the machine does.
func TestAShortSoakHasNoFaults(t *testing.T) {
	if testing.Short() {
		t.Skip("it loads a server for some seconds")
	}
	binary := filepath.Join(t.TempDir(), "outcry")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "../../cmd/outcry").CombinedOutput(); err != nil {
		t.Fatalf("build outcry: %v\n%s", err, out)
	}
	p := plan{binary: binary, length: 12 * time.Second, rate: 200, burstRate: 2000, burstEvery: 5 * time.Second, burstLength: time.Second, services: 3500, streams: 40, pages: 10, tick: 2 * time.Second}
	r, err := p.run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, fault := range r.faults(p) {
		t.Error(fault)
	}
	t.Logf("%s", r)
	if len(r.burst) == 0 || len(r.calm) == 0 || len(r.memory) == 0 || r.statuses[http.StatusAccepted] < 1000 {
		t.Errorf("the soak measured too little:\n%s", r)
	}
}

func TestEachFaultOfASoakIsFound(t *testing.T) {
	p := plan{p99: 100 * time.Millisecond, growth: 0.05, streams: 1}
	good := func() *result {
		r := &result{tally: newTally(), server: 2, memory: []int64{9, 9, 10, 10, 10, 10, 10, 10}}
		r.addReport(answer{status: 202, wasCounted: true}, nil, time.Millisecond, false)
		r.addReport(answer{status: 202, wasCounted: true}, nil, time.Hour, true)
		r.addReport(answer{status: 429, hasRetry: true}, nil, time.Millisecond, false)
		r.addEvent()
		return r
	}
	if faults := good().faults(p); len(faults) > 0 {
		t.Errorf("a good soak has the faults %q", faults)
	}
	for want, spoil := range map[string]func(*result){
		"Retry-After":           func(r *result) { r.addReport(answer{status: 503}, nil, 0, false) },
		"neither a success":     func(r *result) { r.addPage(answer{}, errors.New("connection reset"), "/") },
		"500":                   func(r *result) { r.addPage(answer{status: 500}, nil, "/") },
		"the server counted 3":  func(r *result) { r.server = 3 },
		"were not sent":         func(r *result) { r.addUnsent() },
		"event streams ended":   func(r *result) { r.addStreamEnd(errors.New("EOF")) },
		"no event arrived":      func(r *result) { r.events = 0 },
		"slowest hundredth":     func(r *result) { r.addReport(answer{status: 202}, nil, time.Second, false) },
		"memory grew by 20.0 %": func(r *result) { r.memory[6], r.memory[7] = 12, 12 },
		"did not stop in order": func(r *result) { r.stopErr = errors.New("exit status 2") },
		"the log has errors":    func(r *result) { r.log = "level=ERROR msg=x" },
	} {
		r := good()
		spoil(r)
		if faults := strings.Join(r.faults(p), "\n"); !strings.Contains(faults, want) {
			t.Errorf("the faults are %q, want one with %q", faults, want)
		}
	}
}

func TestBurstsComeInTheMiddleOfTheirInterval(t *testing.T) {
	p := plan{burstEvery: 10 * time.Second, burstLength: 2 * time.Second, rate: 10, burstRate: 100}
	var line bytes.Buffer
	for s := range 25 {
		switch since := time.Duration(s) * time.Second; {
		case p.isBurst(since):
			line.WriteByte('B')
		case p.isCalm(since):
			line.WriteByte('.')
		default:
			line.WriteByte('-')
		}
	}
	if got, want := line.String(), ".....BB---.....BB---....."; got != want {
		t.Errorf("seconds are %s, want %s", got, want)
	}
}
