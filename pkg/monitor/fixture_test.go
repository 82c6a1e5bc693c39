package monitor_test

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/baseline"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/exclusion"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/monitor"
	"github.com/outcry/outcry/pkg/publish"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/sqlitestore"
	"github.com/outcry/outcry/pkg/window"
)

var morning = time.Date(2022, 10, 25, 6, 0, 0, 0, time.UTC)

// fixture is a monitor on a real store and archive, with a clock of its own.
type fixture struct {
	t         *testing.T
	archive   *archive.Archive
	store     *sqlitestore.Store
	counts    *exclusion.Store // store without what is excluded
	baselines *baseline.Set
	monitor   *monitor.Monitor
	published *recorder
	now       time.Time
	rng       *rand.Rand
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	a, err := archive.Open(context.Background(), filepath.Join(t.TempDir(), "outcry.db"), archive.Options{Relaxed: true, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	s, err := sqlitestore.Open(context.Background(), a, sqlitestore.Options{Log: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(s.Close(), a.Close()); err != nil {
			t.Error(err)
		}
	})
	h := &fixture{t: t, archive: a, store: s, published: &recorder{}, now: morning, rng: rand.New(rand.NewPCG(1, 2))}
	h.writeHistory()
	h.restart()
	return h
}

// restart replaces the monitor, as a new process would.
func (h *fixture) restart() {
	h.t.Helper()
	h.baselines = baseline.NewSet(h.archive)
	h.counts = exclusion.New(h.store, h.archive, h.baselines.Forget, slog.New(slog.DiscardHandler))
	if err := h.counts.Update(context.Background(), h.now); err != nil {
		h.t.Fatal(err)
	}
	h.monitor = monitor.New(monitor.Options{
		Exclusions: h.counts, Store: h.counts, Archive: h.archive, Baselines: h.baselines, Publisher: h.published,
		Settings: detect.Defaults(), FalsePerDay: 1, Policy: incident.Defaults(), Checkpoint: time.Minute, Actions: h.archive, Log: slog.New(slog.DiscardHandler),
	})
	if err := h.monitor.Restore(context.Background(), h.now); err != nil {
		h.t.Fatal(err)
	}
}

// writeHistory archives four weeks of WhatsApp without outages: 120 reports an
// hour, half of them from India and half from Britain.
func (h *fixture) writeHistory() {
	h.t.Helper()
	var rollups []window.Rollup
	var spans []window.Span
	for at := morning.Add(-baseline.HistoryLength); at.Before(morning); at = at.Add(time.Hour) {
		spans = append(spans, window.Span{Start: at, Width: time.Hour, Known: 60})
		for _, country := range []string{"IN", "GB"} {
			rollups = append(rollups, window.Rollup{Service: "whatsapp", Kind: report.Problem, Start: at, Width: time.Hour,
				Cell: window.Cell{Country: country, Symptom: "messaging"}, N: 60})
		}
	}
	if err := h.archive.SaveRollups(context.Background(), rollups, spans); err != nil {
		h.t.Fatal(err)
	}
}

// run counts reports and ticks for a time: each minute perMinute reports from a
// country and its networks, and two from elsewhere, as usual.
func (h *fixture) run(d time.Duration, country string, perMinute, networks int) {
	h.t.Helper()
	for end := h.now.Add(d); h.now.Before(end); {
		h.countUntilNextTick(country, perMinute, networks)
		if err := h.monitor.Tick(context.Background(), h.now); err != nil {
			h.t.Fatal(err)
		}
	}
}

// countUntilNextTick moves the clock to the next tick and counts the reports until
// then.
func (h *fixture) countUntilNextTick(country string, perMinute, networks int) {
	h.t.Helper()
	h.now = h.now.Add(monitor.Interval)
	at := h.now.Add(-time.Millisecond)
	var reports []report.Report
	if h.now.Second() == 30 {
		reports = append(reports, h.report(at, "IN", h.rng.IntN(1000)), h.report(at, "GB", h.rng.IntN(1000)))
	}
	for range perMinute * int(monitor.Interval/time.Second) / 60 {
		reports = append(reports, h.report(at, country, 5000+h.rng.IntN(networks)))
	}
	for _, o := range h.store.Count(context.Background(), reports) {
		if o.Status != window.Counted {
			h.t.Fatalf("Count of a report = %v, %v; want it counted", o.Status, o.Err)
		}
	}
}

func (h *fixture) report(at time.Time, country string, network int) report.Report {
	return report.Report{
		ID: uuid.New(), Service: "whatsapp", Symptom: "messaging", Country: country, Minute: window.Start(at), Received: at,
		Reporter: report.Reporter{Address: h.rng.Uint64(), Device: h.rng.Uint64()}, Network: report.Network(network),
	}
}

// incidents returns all incidents in the archive.
func (h *fixture) incidents() []incident.Incident {
	h.t.Helper()
	all, _, err := h.archive.Incidents(context.Background(), archive.IncidentFilter{Limit: 100})
	if err != nil {
		h.t.Fatal(err)
	}
	return all
}

// recorder records what is published.
type recorder struct {
	mu     sync.Mutex
	events []publish.Event
}

func (r *recorder) Publish(events ...publish.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, events...)
}

// countByName returns how many events of each name were published.
func (r *recorder) countByName() map[string]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := map[string]int{}
	for _, e := range r.events {
		n[e.Name]++
	}
	return n
}
