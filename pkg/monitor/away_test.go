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

// awayArchive cannot be read for a while; what is concluded is kept elsewhere.
type awayArchive struct {
	monitor.Archive
	history baseline.History
	err     error
	asked   int // while it is away
}

func (a *awayArchive) Problems(ctx context.Context, from, to time.Time) (int64, error) {
	if a.err != nil {
		return 0, a.err
	}
	return a.Archive.Problems(ctx, from, to)
}

func (a *awayArchive) Rollups(ctx context.Context, service string, from, to time.Time) ([]window.Rollup, []window.Span, error) {
	if a.err != nil {
		a.asked++
		return nil, nil, a.err
	}
	return a.history.Rollups(ctx, service, from, to)
}

func TestAnOutageIsSeenWithoutTheArchive(t *testing.T) {
	h := newHouse(t)
	away := &awayArchive{Archive: keeper{h.archive}, history: h.archive}
	h.baselines = baseline.NewSet(away)
	h.monitor.Archive, h.monitor.Baselines = away, h.baselines
	h.pass(10*time.Minute, "IN", 0, 1)

	away.err = errors.New("away")
	threshold, told := h.monitor.Settings.Threshold, 0
	h.now = h.now.Truncate(24 * time.Hour).Add(24*time.Hour - monitor.Interval) // the threshold of the next day is due, and another hour
	if err := h.monitor.Tick(t.Context(), h.now); err != nil {
		t.Fatalf("before midnight: %v", err)
	}
	for range 60 {
		h.count("IN", 120, 50)
		err := h.monitor.Tick(t.Context(), h.now)
		if err != nil && !errors.Is(err, away.err) {
			t.Fatalf("Tick without the archive: %v", err)
		}
		if err != nil {
			told++
		}
	}
	if told < 2 || told > 10 {
		t.Errorf("%d of 60 ticks in ten minutes say that the archive is away, want one or two in five minutes", told)
	}
	all := h.incidents()
	if len(all) != 1 || all[0].State != incident.Confirmed {
		t.Errorf("without the archive the incidents are %+v, want one, confirmed", all)
	}
	if h.monitor.Settings.Threshold != threshold {
		t.Errorf("the threshold moved to %v without anything known", h.monitor.Settings.Threshold)
	}
	if away.asked == 0 || away.asked > 11 {
		t.Errorf("history was asked %d times in ten minutes", away.asked)
	}
	away.err = nil
	if err := h.monitor.Tick(t.Context(), h.now); err != nil {
		t.Errorf("with the archive back: %v", err)
	}
}
