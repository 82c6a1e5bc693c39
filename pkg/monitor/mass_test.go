package monitor_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/baseline"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/monitor"
	"github.com/outcry/outcry/pkg/publish"
	"github.com/outcry/outcry/pkg/window"
)

var massServices = flag.Int("mass", 1_000, "services that fail together; 10000 for the long form")

// massOutage is a load of which every service fails at one minute.
type massOutage struct {
	*load
	mu       sync.Mutex
	saved    map[string]int // the size of the last version of each incident as JSON
	versions int
	bytes    int // of all versions
	declared int
}

// SaveIncident notes how large the incident is.
func (m *massOutage) SaveIncident(_ context.Context, in incident.Incident, timeline []incident.Event, events []publish.Event) ([]publish.Event, error) {
	b, err := json.Marshal(in)
	if err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.saved[in.ID] = len(b)
	m.versions++
	m.bytes += len(b)
	for _, e := range timeline {
		if e.Change == incident.BecameConfirmed {
			m.declared++
		}
	}
	for _, e := range events {
		m.bytes += len(e.Data)
	}
	return events, nil
}

// TestAMassOutageCostsEachServiceTheSame lets many services fail in the same minute,
// as when a cloud or a country's network fails:
//
//	go test ./pkg/monitor -run MassOutage -v -args -mass 10000
func TestAMassOutageCostsEachServiceTheSame(t *testing.T) {
	h := &massOutage{load: newLoad(*massServices, 4, 3, 0.5), saved: map[string]int{}}
	failsAt := h.start.Add(30 * time.Minute)
	for i, course := range h.courses {
		for j := range course {
			if course[j].Start.Before(failsAt) {
				continue
			}
			for _, c := range h.countries {
				course[j].Problems = append(course[j].Problems, window.Count{Cell: window.Cell{Country: c, Symptom: h.symptoms[0]}, N: int64(40 + i%7)})
			}
		}
	}
	for code, s := range h.networks.ByCountry {
		s.Networks, s.Reports, s.Discounted, s.Largest = 400, 800, 500, 0.01
		h.networks.ByCountry[code] = s
	}
	h.networks.World = window.Sources{Networks: 1600, Reports: 3200, Discounted: 2000, Largest: 0.01}
	m := monitor.New(monitor.Options{
		Store: h, Archive: h, Baselines: baseline.NewSet(h), Publisher: h, Checkpoint: time.Minute,
		Settings: detect.Defaults(), FalsePerDay: 1, Policy: incident.Defaults(), Log: slog.New(slog.DiscardHandler),
	})
	var longest, quiet time.Duration
	for now := h.start; now.Before(failsAt.Add(12 * time.Minute)); now = now.Add(monitor.Interval) {
		if err := h.Beat(t.Context(), now); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if err := m.Tick(t.Context(), now); err != nil {
			t.Fatal(err)
		}
		took := time.Since(began)
		if took > 2*time.Second {
			fmt.Println(now.Sub(failsAt), took)
		}
		if now.Before(failsAt) {
			quiet = max(quiet, took)
		} else {
			longest = max(longest, took)
		}
	}
	size := 0
	for _, n := range h.saved {
		size += n
	}
	t.Logf("%d services, %d incidents, %d declared: %d versions of %.1f MB, last ones %.1f MB; longest tick %s, before %s",
		*massServices, len(h.saved), h.declared, h.versions, float64(h.bytes)/1e6, float64(size)/1e6, longest, quiet)
}
