package monitor_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/baseline"
	"github.com/outcry/outcry/pkg/detect"
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
	h.monitor = monitor.New(monitor.Options{
		Store: h.store, Archive: h.archive, Baselines: h.baselines, Publisher: h.published,
		Settings: detect.Defaults(), FalsePerDay: 1, Policy: incident.Defaults(), Checkpoint: time.Minute, Log: slog.New(slog.DiscardHandler),
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

func TestAnOutageIsDeclaredAndResolvedOnce(t *testing.T) {
	h := newFixture(t)
	h.run(20*time.Minute, "IN", 0, 1)
	if got := h.incidents(); len(got) != 0 {
		t.Fatalf("without an outage there are incidents %+v, want none", got)
	}
	onset := h.now
	h.run(15*time.Minute, "IN", 120, 50)
	live := h.monitor.Live("whatsapp")
	if live.Incident == nil || live.Incident.State != incident.Confirmed || live.Incident.Level != detect.Outage {
		t.Fatalf("after 15 minutes of outage the incident is %+v", live.Incident)
	}
	if delay := live.Incident.Declared.Sub(onset); delay > time.Minute {
		t.Errorf("declared %s after the onset; want at most a minute", delay)
	}
	if off := live.Incident.Onset.Sub(onset).Abs(); off > 2*time.Minute {
		t.Errorf("onset is estimated at %s; want within 2 minutes of %s", live.Incident.Onset, onset)
	}
	if len(live.Incident.Countries) != 1 || live.Incident.Countries[0].ID != "IN" {
		t.Errorf("countries = %+v; want IN alone", live.Incident.Countries)
	}
	h.run(90*time.Minute, "IN", 0, 1)
	got := h.incidents()
	if len(got) != 1 || got[0].State != incident.Resolved {
		t.Fatalf("after the outage there are incidents %+v; want one, resolved", got)
	}
	if allClear := got[0].Resolved.Sub(onset.Add(15 * time.Minute)); allClear < 0 || allClear > 20*time.Minute {
		t.Errorf("resolved %s after the counts fell; want between 0 and 20 minutes", allClear)
	}
	buckets, err := h.store.Buckets(context.Background(), "whatsapp", got[0].Onset, got[0].Resolved)
	if err != nil {
		t.Fatal(err)
	}
	var reports int64
	for _, b := range buckets {
		for _, c := range b.Problems {
			reports += c.N
		}
	}
	if got[0].Reports != reports {
		t.Errorf("the incident has %d reports; want the %d from its onset to its end", got[0].Reports, reports)
	}
	names := h.published.countByName()
	if names[publish.Incident] < 3 || names[publish.Status] < 3 || names[publish.Counts] == 0 {
		t.Errorf("published %v; want suspected, confirmed and resolved with their levels, and counts", names)
	}
}

func TestARestartContinuesTheIncident(t *testing.T) {
	h := newFixture(t)
	h.run(10*time.Minute, "IN", 0, 1)
	h.run(5*time.Minute, "IN", 120, 50)
	before := h.monitor.Live("whatsapp").Incident
	h.restart()
	h.run(5*time.Minute, "IN", 120, 50)
	after := h.monitor.Live("whatsapp").Incident
	if before == nil || after == nil || after.ID != before.ID || !after.Declared.Equal(before.Declared) || after.State != incident.Confirmed {
		t.Errorf("before the restart %+v, after it %+v; want the same incident, confirmed", before, after)
	}
	if got := h.incidents(); len(got) != 1 {
		t.Errorf("there are %d incidents; want one", len(got))
	}
}

func TestAClockThatGoesBackEndsNoOutage(t *testing.T) {
	h := newFixture(t)
	h.run(10*time.Minute, "IN", 0, 1)
	h.run(20*time.Minute, "IN", 120, 50)
	before := h.monitor.Live("whatsapp").Incident
	h.now = h.now.Add(-3 * time.Minute)
	h.run(5*time.Minute, "IN", 120, 50)
	live := h.monitor.Live("whatsapp")
	if before == nil || live.Incident == nil || live.Incident.ID != before.ID || live.Incident.State != incident.Confirmed {
		t.Errorf("before the clock went back %+v, after it %+v; want the same incident, confirmed", before, live.Incident)
	}
	if !live.Verdict.Anomalous || live.Verdict.Observed == 0 {
		t.Errorf("the verdict is %+v; want an anomaly with reports", live.Verdict)
	}
}

func TestTheEndOfRunSavesTheStates(t *testing.T) {
	h := newFixture(t)
	h.run(5*time.Minute+30*time.Second, "IN", 120, 50)
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if err := h.monitor.Run(ctx, time.Hour); err != nil {
		t.Fatal(err)
	}
	states, err := h.archive.States(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	var s detect.State
	if err := json.Unmarshal(states["whatsapp"], &s); err != nil {
		t.Fatal(err)
	}
	if want := morning.Add(5 * time.Minute); s.At.Before(want) {
		t.Errorf("the state that was saved ends at %s; want %s", s.At, want)
	}
}

// failingStore cannot read one service.
type failingStore struct {
	monitor.Store
	service string
}

func (s *failingStore) BucketsOf(ctx context.Context, services []string, from, to time.Time) ([][]window.Bucket, error) {
	if slices.Contains(services, s.service) {
		return nil, errors.New("cannot be read")
	}
	return s.Store.BucketsOf(ctx, services, from, to)
}

func TestAServiceThatCannotBeReadDelaysNoOther(t *testing.T) {
	h := newFixture(t)
	other := h.report(morning, "IN", 1)
	other.Service = "signal"
	if o := h.store.Count(context.Background(), []report.Report{other, h.report(morning, "IN", 2)}); o[0].Status != window.Counted {
		t.Fatal(o)
	}
	m := monitor.New(monitor.Options{
		Store: &failingStore{h.store, "signal"}, Archive: h.archive, Baselines: h.baselines, Publisher: h.published,
		Settings: detect.Defaults(), FalsePerDay: 1, Policy: incident.Defaults(), Log: slog.New(slog.DiscardHandler),
	})
	now := morning.Add(monitor.Interval)
	if err := m.Tick(context.Background(), now); err == nil {
		t.Error("Tick succeeds though a service cannot be read, want an error")
	}
	if !m.Judged().Equal(now) || !m.Live("whatsapp").At.Equal(now) || !m.Live("signal").At.IsZero() {
		t.Errorf("judged at %s, whatsapp at %s, signal at %s; want all but signal at %s",
			m.Judged(), m.Live("whatsapp").At, m.Live("signal").At, now)
	}
}

func TestOneNetworkIsNeverAnOutage(t *testing.T) {
	h := newFixture(t)
	h.run(10*time.Minute, "IN", 0, 1)
	h.run(30*time.Minute, "IN", 300, 1)
	for _, inc := range h.incidents() {
		if !inc.Declared.IsZero() {
			t.Errorf("one network made incident %s, declared at %s; want none declared", inc.ID, inc.Declared)
		}
	}
}

// brokenStore cannot count for a while.
type brokenStore struct {
	monitor.Store
	err error
}

func (b *brokenStore) Beat(ctx context.Context, at time.Time) error {
	if b.err != nil {
		return b.err
	}
	return b.Store.Beat(ctx, at)
}

func TestATickWithoutTheStoreJudgesNothing(t *testing.T) {
	h := newFixture(t)
	broken := &brokenStore{Store: h.store}
	m := monitor.New(monitor.Options{
		Store: broken, Archive: h.archive, Baselines: h.baselines, Publisher: h.published,
		Settings: detect.Defaults(), FalsePerDay: 1, Policy: incident.Defaults(), Log: slog.New(slog.DiscardHandler),
	})
	if err := m.Tick(context.Background(), morning); err != nil {
		t.Fatal(err)
	}
	broken.err = fmt.Errorf("disk is full")
	if err := m.Tick(context.Background(), morning.Add(monitor.Interval)); !errors.Is(err, broken.err) {
		t.Errorf("Tick = %v; want %v", err, broken.err)
	}
	if !m.Judged().Equal(morning) {
		t.Errorf("Judged = %s; want %s, the last tick that succeeded", m.Judged(), morning)
	}
}
