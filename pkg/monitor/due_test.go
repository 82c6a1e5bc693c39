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

// countingStore counts the services whose networks are read, which happens once
// for every judgement.
type countingStore struct {
	monitor.Store
	judgements int
}

func (c *countingStore) NetworksOf(ctx context.Context, services []string, at time.Time, span time.Duration) ([]window.NetworkCounts, error) {
	if span < window.SliceRetention { // the rest is read of services in trouble only
		c.judgements += len(services)
	}
	return c.Store.NetworksOf(ctx, services, at, span)
}

func TestAnUnchangedServiceIsNotJudgedAgain(t *testing.T) {
	h := newFixture(t)
	counting := &countingStore{Store: h.store}
	h.monitor = monitor.New(monitor.Options{
		Store: counting, Archive: h.archive, Baselines: h.baselines, Publisher: h.published,
		Settings: detect.Defaults(), FalsePerDay: 1, Policy: incident.Defaults(), Log: slog.New(slog.DiscardHandler),
	})
	h.run(2*time.Minute, "IN", 0, 1) // two reports at half past each minute
	judgements := map[int]int{}
	for range 6 {
		before := counting.judgements
		h.run(monitor.Interval, "IN", 0, 1)
		judgements[h.now.Second()] = counting.judgements - before
		if at := h.monitor.Live("whatsapp").At; !at.Equal(h.now) {
			t.Errorf("at %[1]s Live has the time %[2]s, want %[1]s", h.now, at)
		}
	}
	for second, n := range judgements {
		want := 0
		if second == 10 || second == 30 { // a minute closes, and reports come in
			want = 1
		}
		if n != want {
			t.Errorf("at second %d WhatsApp was judged %d times; want %d", second, n, want)
		}
	}
}

// failingArchive cannot save incidents while err is set.
type failingArchive struct {
	monitor.Archive
	err error
}

func (f *failingArchive) SaveIncidents(ctx context.Context, all []publish.Conclusion) ([][]publish.Event, error) {
	if f.err != nil {
		return nil, f.err
	}
	return f.Archive.SaveIncidents(ctx, all)
}

func TestAnIncidentThatCouldNotBeSavedIsConcludedAgain(t *testing.T) {
	h := newFixture(t)
	failing := &failingArchive{Archive: h.archive}
	h.monitor = monitor.New(monitor.Options{
		Store: h.store, Archive: failing, Baselines: h.baselines, Publisher: h.published,
		Settings: detect.Defaults(), FalsePerDay: 1, Policy: incident.Defaults(), Log: slog.New(slog.DiscardHandler),
	})
	h.run(10*time.Minute+20*time.Second, "IN", 0, 1)
	for n := range 60 { // reports from sixty networks at once, in one running minute
		h.store.Count(context.Background(), []report.Report{h.report(h.now, "IN", n)})
	}
	tick := func() error {
		h.now = h.now.Add(monitor.Interval)
		return h.monitor.Tick(context.Background(), h.now)
	}
	failing.err = errors.New("disk is full")
	if err := tick(); !errors.Is(err, failing.err) {
		t.Fatalf("Tick = %v; want %v", err, failing.err)
	}
	failing.err = nil
	if err := tick(); err != nil {
		t.Fatal(err)
	}
	if got := h.incidents(); len(got) != 1 {
		t.Errorf("there are %d incidents after a tick without new reports, want one", len(got))
	}
}
