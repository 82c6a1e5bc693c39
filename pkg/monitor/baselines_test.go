package monitor_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/monitor"
	"github.com/outcry/outcry/pkg/window"
)

// history is an archive of which a test says what reading it is like.
type history struct {
	read  func(ctx context.Context) error
	times int
}

func (h *history) Rollups(ctx context.Context, _ string, _, _ time.Time) ([]window.Rollup, []window.Span, error) {
	h.times++
	return nil, nil, h.read(ctx)
}

// TestHistoryThatHangsHoldsUpOnce reads from an archive that neither answers nor
// refuses: only the first of the services that ask at one time waits for it.
func TestHistoryThatHangsHoldsUpOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hangs := &history{read: func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }}
		b := monitor.NewBaselines(hangs)
		now := time.Now()
		for _, service := range []string{"acme", "globex", "initech"} {
			if _, err := b.Service(t.Context(), service, now); err == nil {
				t.Errorf("%s has learned from an archive that hangs", service)
			}
		}
		if waited := time.Since(now); waited > 10*time.Second || hangs.times != 1 {
			t.Errorf("three services waited %s and read %d times", waited, hangs.times)
		}
		hangs.read = func(context.Context) error { return nil }
		if _, err := b.Service(t.Context(), "acme", now.Add(monitor.Interval)); err != nil {
			t.Errorf("with the archive back: %v", err)
		}
	})
}

// TestWhoeverAskedAndLeftSaysNothingOfTheArchive has a reader go away.
func TestWhoeverAskedAndLeftSaysNothingOfTheArchive(t *testing.T) {
	h := &history{read: func(ctx context.Context) error { return ctx.Err() }}
	b := monitor.NewBaselines(h)
	gone, leave := context.WithCancel(t.Context())
	leave()
	now := time.Now()
	if _, err := b.Service(gone, "acme", now); !errors.Is(err, context.Canceled) {
		t.Errorf("whoever left learned with %v", err)
	}
	if _, err := b.Service(t.Context(), "globex", now); err != nil {
		t.Errorf("somebody else: %v", err)
	}
}

func TestBaselinesMayBeForgottenWhileTheyAreRead(t *testing.T) {
	h := &history{}
	b := monitor.NewBaselines(h)
	b.Kind = func(string) string { return "bank" }
	h.read = func(context.Context) error { b.Reset(); return nil }
	if _, err := b.Service(t.Context(), "acme", time.Now()); err != nil {
		t.Error(err)
	}
}

// TestASweepTakesItsTime leaves the states of many services that are silent, and
// counts how much history is read for them at each tick.
func TestASweepTakesItsTime(t *testing.T) {
	h := newHouse(t)
	reads := &history{read: func(context.Context) error { return nil }}
	h.baselines = monitor.NewBaselines(reads)
	h.monitor.Baselines = h.baselines
	usual, err := h.baselines.Service(t.Context(), "acme", h.now)
	if err != nil {
		t.Fatal(err)
	}
	s, _ := detect.Step(detect.Defaults(), detect.State{}, usual.Of(window.Cell{}), detect.Bucket{Start: h.now.Add(-40 * time.Minute), N: 5, Known: true, Exposure: 1}, detect.Sources{})
	data, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	const services = 300
	states := map[string][]byte{}
	for i := range services {
		states[fmt.Sprintf("silent-%d", i)] = data
	}
	if err := h.archive.SaveStates(t.Context(), states); err != nil {
		t.Fatal(err)
	}
	if err := h.monitor.Restore(t.Context(), h.now); err != nil {
		t.Fatal(err)
	}
	for range 10 {
		before := reads.times
		h.now = h.now.Add(monitor.Interval)
		if err := h.monitor.Tick(t.Context(), h.now); err != nil {
			t.Fatal(err)
		}
		if n := reads.times - before; n > 100 {
			t.Errorf("a tick read the history of %d silent services", n)
		}
	}
	if reads.times < services {
		t.Errorf("after ten ticks %d of %d services were swept", reads.times, services)
	}
}
