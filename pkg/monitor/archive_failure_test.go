package monitor_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/baseline"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/monitor"
	"github.com/outcry/outcry/pkg/window"
)

// unreadableArchive cannot be read while err is set. Incidents can still be saved.
type unreadableArchive struct {
	monitor.Archive
	history baseline.History
	err     error
	reads   int // of rollups, while err is set
}

func (a *unreadableArchive) Problems(ctx context.Context, from, to time.Time) (int64, error) {
	if a.err != nil {
		return 0, a.err
	}
	return a.Archive.Problems(ctx, from, to)
}

func (a *unreadableArchive) Rollups(ctx context.Context, service string, from, to time.Time) ([]window.Rollup, []window.Span, error) {
	if a.err != nil {
		a.reads++
		return nil, nil, a.err
	}
	return a.history.Rollups(ctx, service, from, to)
}

func TestAnOutageIsDeclaredWithoutTheArchive(t *testing.T) {
	h := newFixture(t)
	unreadable := &unreadableArchive{Archive: h.archive, history: h.archive}
	h.baselines = baseline.NewSet(unreadable)
	h.monitor.Archive, h.monitor.Baselines = unreadable, h.baselines
	h.run(10*time.Minute, "IN", 0, 1)

	unreadable.err = errors.New("away")
	threshold, failures := h.monitor.Settings.Threshold, 0
	h.now = h.now.Truncate(24 * time.Hour).Add(24*time.Hour - monitor.Interval) // the threshold of the next day is due, and another hour
	if err := h.monitor.Tick(t.Context(), h.now); err != nil {
		t.Fatalf("before midnight: %v", err)
	}
	for range 60 {
		h.countUntilNextTick("IN", 120, 50)
		err := h.monitor.Tick(t.Context(), h.now)
		if err != nil && !errors.Is(err, unreadable.err) {
			t.Fatalf("Tick without the archive: %v", err)
		}
		if err != nil {
			failures++
		}
	}
	if failures < 2 || failures > 10 {
		t.Errorf("%d of 60 ticks in ten minutes fail, want one or two in five minutes", failures)
	}
	all := h.incidents()
	if len(all) != 1 || all[0].State != incident.Confirmed {
		t.Errorf("without the archive there are incidents %+v, want one, confirmed", all)
	}
	if h.monitor.Settings.Threshold != threshold {
		t.Errorf("the threshold is %v without the archive, want %v as before", h.monitor.Settings.Threshold, threshold)
	}
	if unreadable.reads == 0 || unreadable.reads > 11 {
		t.Errorf("rollups were read %d times in ten minutes, want 1 to 11", unreadable.reads)
	}
	unreadable.err = nil
	if err := h.monitor.Tick(t.Context(), h.now); err != nil {
		t.Errorf("Tick with the archive back: %v", err)
	}
}
