package monitor_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/monitor"
	"github.com/outcry/outcry/pkg/publish"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// curiousStore counts of how many services it is asked where reports came from,
// which is asked for every judgement.
type curiousStore struct {
	monitor.Store
	asked int
}

func (c *curiousStore) NetworksOf(ctx context.Context, services []string, at time.Time) ([]window.NetworkCounts, error) {
	c.asked += len(services)
	return c.Store.NetworksOf(ctx, services, at)
}

func TestWhatDidNotChangeIsNotJudgedAgain(t *testing.T) {
	h := newHouse(t)
	curious := &curiousStore{Store: h.store}
	h.monitor = monitor.New(monitor.Options{
		Store: curious, Archive: keeper{h.archive}, Baselines: h.baselines, Publisher: h.heard,
		Settings: detect.Defaults(), FalsePerDay: 1, Policy: incident.Defaults(), Log: slog.New(slog.DiscardHandler),
	})
	h.pass(2*time.Minute, "IN", 0, 1) // two reports at half past each minute
	asked := map[int]int{}
	for range 6 {
		before := curious.asked
		h.pass(monitor.Interval, "IN", 0, 1)
		asked[h.now.Second()] = curious.asked - before
		if at := h.monitor.Live("whatsapp").At; !at.Equal(h.now) {
			t.Errorf("at %s the last judgement is said to be of %s", h.now, at)
		}
	}
	for second, n := range asked {
		want := 0
		if second == 10 || second == 30 { // a minute closes, and reports come in
			want = 1
		}
		if n != want {
			t.Errorf("at second %d WhatsApp was judged %d times; want %d", second, n, want)
		}
	}
}

// shyArchive cannot keep incidents for a while.
type shyArchive struct {
	keeper
	err error
}

func (s *shyArchive) SaveIncident(ctx context.Context, inc incident.Incident, timeline []incident.Event, events []publish.Event) ([]publish.Event, error) {
	if s.err != nil {
		return nil, s.err
	}
	return s.keeper.SaveIncident(ctx, inc, timeline, events)
}

func TestWhatCouldNotBeKeptIsConcludedAgain(t *testing.T) {
	h := newHouse(t)
	shy := &shyArchive{keeper: keeper{h.archive}}
	h.monitor = monitor.New(monitor.Options{
		Store: h.store, Archive: shy, Baselines: h.baselines, Publisher: h.heard,
		Settings: detect.Defaults(), FalsePerDay: 1, Policy: incident.Defaults(), Log: slog.New(slog.DiscardHandler),
	})
	h.pass(10*time.Minute+20*time.Second, "IN", 0, 1)
	for n := range 60 { // reports from sixty networks at once, in one running minute
		h.store.Count(context.Background(), []report.Report{h.report(h.now, "IN", n)})
	}
	tick := func() error {
		h.now = h.now.Add(monitor.Interval)
		return h.monitor.Tick(context.Background(), h.now)
	}
	shy.err = errors.New("disk is full")
	if err := tick(); !errors.Is(err, shy.err) {
		t.Fatalf("Tick = %v; want %v", err, shy.err)
	}
	shy.err = nil
	if err := tick(); err != nil {
		t.Fatal(err)
	}
	if got := h.incidents(); len(got) != 1 {
		t.Errorf("nobody reported since the incident could not be kept, and there are %d; want one", len(got))
	}
}
