package monitor_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/baseline"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/monitor"
	"github.com/outcry/outcry/pkg/window"
)

// fakeHistory is an archive without rollups that counts how often it is read.
type fakeHistory struct{ reads int }

func (h *fakeHistory) Rollups(context.Context, string, time.Time, time.Time) ([]window.Rollup, []window.Span, error) {
	h.reads++
	return nil, nil, nil
}

// TestASweepIsSpreadOverTicks saves the states of many inactive services, and
// counts the readings of history at each tick.
func TestASweepIsSpreadOverTicks(t *testing.T) {
	h := newFixture(t)
	history := &fakeHistory{}
	h.baselines = baseline.NewSet(history)
	h.monitor.Baselines = h.baselines
	baselines, err := h.baselines.Service(t.Context(), "acme", h.now)
	if err != nil {
		t.Fatal(err)
	}
	s, _ := detect.Step(detect.Defaults(), detect.State{}, baselines.Of(baseline.Whole), detect.Bucket{Start: h.now.Add(-40 * time.Minute), N: 5, Known: true, Exposure: 1}, detect.Sources{})
	data, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	const services = 300
	states := map[string][]byte{}
	for i := range services {
		states[fmt.Sprintf("inactive-%d", i)] = data
	}
	if err := h.archive.SaveStates(t.Context(), states); err != nil {
		t.Fatal(err)
	}
	if err := h.monitor.Restore(t.Context(), h.now); err != nil {
		t.Fatal(err)
	}
	for range 10 {
		before := history.reads
		h.now = h.now.Add(monitor.Interval)
		if err := h.monitor.Tick(t.Context(), h.now); err != nil {
			t.Fatal(err)
		}
		if n := history.reads - before; n > 100 {
			t.Errorf("a tick read the history of %d services, want at most 100", n)
		}
	}
	if history.reads < services {
		t.Errorf("after ten ticks the history of %d services was read, want all %d", history.reads, services)
	}
}
