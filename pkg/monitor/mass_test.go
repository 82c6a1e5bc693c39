package monitor_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/baseline"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/monitor"
	"github.com/outcry/outcry/pkg/publish"
	"github.com/outcry/outcry/pkg/window"
)

var massServices = flag.Int("mass", 400, "services that fail together; 10000 for the long form")

// massOutage is a load of which every service fails at one minute.
type massOutage struct {
	*load
	saved    map[string]int // the size of the last version of each incident as JSON
	declared int
	bytes    int // of all versions of incidents and of all events
	versions map[string]int64
	failures int // how many of the next calls save two incidents only
}

// SaveIncidents notes how large the incidents are.
func (m *massOutage) SaveIncidents(ctx context.Context, all []publish.Conclusion) ([][]publish.Event, error) {
	var failure error
	if m.failures > 0 && len(all) > 2 {
		m.failures--
		all, failure = all[:2], errors.New("the archive went away")
	}
	for _, c := range all {
		if c.Incident.Version <= m.versions[c.Incident.ID] {
			return nil, fmt.Errorf("version %d of %s is saved after version %d", c.Incident.Version, c.Incident.ID, m.versions[c.Incident.ID])
		}
		m.versions[c.Incident.ID] = c.Incident.Version
		b, err := json.Marshal(c.Incident)
		if err != nil {
			return nil, err
		}
		m.saved[c.Incident.ID] = len(b)
		m.bytes += len(b)
		for _, e := range c.Timeline {
			if e.Change == incident.BecameConfirmed {
				m.declared++
			}
		}
		for _, e := range c.Events {
			m.bytes += len(e.Data)
		}
	}
	saved, err := m.load.SaveIncidents(ctx, all)
	return saved, errors.Join(err, failure)
}

// TestAMassOutageCostsEachServiceTheSame lets many services fail in the same minute,
// as when a cloud or the network of a country fails. Four times as many must not cost
// each of them more:
//
//	go test ./pkg/monitor -run MassOutage -v -args -mass 10000
func TestAMassOutageCostsEachServiceTheSame(t *testing.T) {
	skipSlow(t)
	few, many := failTogether(t, *massServices/4, 0), failTogether(t, *massServices, 0)
	if few, many := few.bytes/len(few.saved), many.bytes/len(many.saved); many > few+few/10 {
		t.Errorf("with four times as many services, %d bytes are written for each instead of %d", many, few)
	}
}

// TestIncidentsThatWereSavedInPartGoOn checks that no version is saved twice, and that
// none is left out, when the archive goes away in the middle of a tick.
func TestIncidentsThatWereSavedInPartGoOn(t *testing.T) {
	failTogether(t, 8, 7)
}

// failTogether lets services fail together, and fails t unless all are declared. The
// archive goes away in so many ticks.
func failTogether(t *testing.T, services, failures int) *massOutage {
	t.Helper()
	const quietTime, outageTime = 10 * time.Minute, 4 * time.Minute
	h := &massOutage{load: newLoad(services, 4, 3, 0.5), saved: map[string]int{}, versions: map[string]int64{}, failures: failures}
	failsAt := h.start.Add(quietTime)
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
	var longest time.Duration
	for now := h.start; now.Before(failsAt.Add(outageTime)); now = now.Add(monitor.Interval) {
		if err := h.Beat(t.Context(), now); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		left := h.failures
		if err := m.Tick(t.Context(), now); (err != nil) != (h.failures < left) {
			t.Fatalf("Tick = %v, after %d failures of the archive", err, left-h.failures)
		}
		if took := time.Since(began); !now.Before(failsAt) {
			longest = max(longest, took)
		}
	}
	size := 0
	for _, n := range h.saved {
		size += n
	}
	t.Logf("%d services, %d declared: incidents of %.1f MB, %.1f MB written in %s; longest tick %s",
		services, h.declared, float64(size)/1e6, float64(h.bytes)/1e6, outageTime, longest)
	if h.declared != services || len(h.saved) != services || h.failures > 0 {
		t.Fatalf("%d of %d services were declared", h.declared, services)
	}
	return h
}
