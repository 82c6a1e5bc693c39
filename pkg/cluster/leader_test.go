package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"strings"
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

// crew is the Monitors of several processes with one store and one archive. It
// has a clock of its own.
type crew struct {
	t         *testing.T
	now       time.Time
	rng       *rand.Rand
	archive   *archive.Archive
	shared    *brokenArchive // archive as the Monitors see it
	store     *sqlitestore.Store
	baselines *baseline.Set
	lastTick  fakeLastTick
}

// fakeLastTick holds the last tick in memory.
type fakeLastTick struct {
	term     int64
	at       time.Time
	services map[string]monitor.Assessment
}

func (f *fakeLastTick) SaveTick(_ context.Context, term int64, at time.Time, services map[string]monitor.Assessment) error {
	if term < f.term {
		return ErrNotLeading
	}
	f.term, f.at, f.services = term, at, services
	return nil
}

func (f *fakeLastTick) LastTick(_ context.Context, since time.Time) (time.Time, map[string]monitor.Assessment, error) {
	if !f.at.After(since) {
		return since, nil, nil
	}
	return f.at, f.services, nil
}

// brokenArchive cannot return live incidents while err is set.
type brokenArchive struct {
	monitor.Archive
	err error
}

func (a *brokenArchive) LiveIncidents(ctx context.Context, since time.Time) ([]incident.Incident, error) {
	if a.err != nil {
		return nil, a.err
	}
	return a.Archive.LiveIncidents(ctx, since)
}

func newCrew(t *testing.T) *crew {
	t.Helper()
	c := &crew{t: t, now: time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC), rng: rand.New(rand.NewPCG(1, 2))}
	closeAtEnd := func(closer io.Closer) {
		t.Cleanup(func() {
			if err := closer.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	var err error
	if c.archive, err = archive.Open(t.Context(), filepath.Join(t.TempDir(), "outcry.db"), archive.Options{Relaxed: true}); err != nil {
		t.Fatal(err)
	}
	closeAtEnd(c.archive)
	if c.store, err = sqlitestore.Open(t.Context(), c.archive, sqlitestore.Options{Log: slog.New(slog.DiscardHandler)}); err != nil {
		t.Fatal(err)
	}
	closeAtEnd(c.store)
	c.shared = &brokenArchive{Archive: c.archive}
	c.baselines = baseline.NewSet(c.archive)
	var rollups []window.Rollup
	var spans []window.Span
	for at := c.now.Add(-baseline.HistoryLength); at.Before(c.now); at = at.Add(time.Hour) {
		spans = append(spans, window.Span{Start: at, Width: time.Hour, Known: 60})
		rollups = append(rollups, window.Rollup{Service: "whatsapp", Kind: report.Problem, Start: at, Width: time.Hour,
			Cell: window.Cell{Country: "IN", Symptom: "messaging"}, N: 360})
	}
	if err := c.archive.SaveRollups(t.Context(), rollups, spans); err != nil {
		t.Fatal(err)
	}
	return c
}

// monitor returns the Monitor of one more process, which leads in *term.
func (c *crew) monitor(term *int64) *Monitor {
	return assembleMonitor(monitor.Options{
		Store: c.store, Archive: c.shared, Baselines: c.baselines, Publisher: publish.NewHub(1, false),
		Settings: detect.Defaults(), FalsePerDay: 1, Policy: incident.Defaults(), Checkpoint: time.Minute, Log: slog.New(slog.DiscardHandler),
	}, func() int64 { return *term }, func(int64) monitor.Archive { return c.shared }, &c.lastTick)
}

// pass lets d pass with perMinute reports a minute; the monitors tick.
func (c *crew) pass(d time.Duration, perMinute int, monitors ...*Monitor) {
	c.t.Helper()
	for end := c.now.Add(d); c.now.Before(end); {
		c.now = c.now.Add(monitor.Interval)
		at := c.now.Add(-time.Millisecond)
		var reports []report.Report
		for range perMinute * int(monitor.Interval/time.Second) / 60 {
			reports = append(reports, report.Report{
				ID: uuid.New(), Service: "whatsapp", Symptom: "messaging", Country: "IN", Minute: window.Start(at), Received: at,
				Reporter: report.Reporter{Address: c.rng.Uint64(), Device: c.rng.Uint64()}, Network: report.Network(c.rng.IntN(50)),
			})
		}
		for _, o := range c.store.Count(c.t.Context(), reports) {
			if o.Status != window.Counted {
				c.t.Fatalf("a report was not counted: %v %v", o.Status, o.Err)
			}
		}
		for _, m := range monitors {
			if err := m.Tick(c.t.Context(), c.now); err != nil {
				c.t.Fatal(err)
			}
		}
	}
}

// incident returns the only one that is archived.
func (c *crew) incident() incident.Incident {
	c.t.Helper()
	all, _, err := c.archive.Incidents(c.t.Context(), archive.IncidentFilter{})
	if err != nil || len(all) != 1 {
		c.t.Fatalf("%d incidents are archived, %v; want one: %+v", len(all), err, all)
	}
	return all[0]
}

func TestAnIncidentGoesOnUnderTheNextLeader(t *testing.T) {
	c := newCrew(t)
	var first, second int64 = 1, 0
	a, b := c.monitor(&first), c.monitor(&second)
	c.pass(10*time.Minute, 6, a, b)
	c.pass(10*time.Minute, 120, a, b)
	began := c.incident()
	if began.State != incident.Confirmed {
		t.Fatalf("after ten minutes of outage the incident is %s", began.State)
	}
	if live := b.Live("whatsapp").Incident; live == nil || live.ID != began.ID || live.State != incident.Confirmed {
		t.Errorf("the follower shows %+v, want %s, confirmed", live, began.ID)
	}

	c.pass(3*time.Minute, 120, b) // a is paused: its lease is over, and the term of b has not begun
	first, second = 0, 2
	c.pass(3*time.Minute, 120, b)
	if got := c.incident(); got.ID != began.ID || !got.Declared.Equal(began.Declared) {
		t.Errorf("under the next leader the incident is %s, declared %s; want %s, declared %s", got.ID, got.Declared, began.ID, began.Declared)
	}
	c.pass(3*time.Minute, 120, a, b) // a continues as a follower
	if live := a.Live("whatsapp").Incident; live == nil || live.ID != began.ID {
		t.Errorf("the leader before shows %+v, want %s", live, began.ID)
	}

	first, second = 3, 0
	c.pass(90*time.Minute, 6, a, b)
	if got := c.incident(); got.ID != began.ID || got.State != incident.Resolved {
		t.Errorf("after the outage the incident is %s, %s; want %s, resolved", got.ID, got.State, began.ID)
	}
}

func TestALeaderThatCannotContinueShowsTheLastTick(t *testing.T) {
	c := newCrew(t)
	var first, second int64 = 1, 0
	a, b := c.monitor(&first), c.monitor(&second)
	c.pass(10*time.Minute, 6, a, b)
	c.pass(5*time.Minute, 120, a, b)
	began, judged := c.incident(), c.now
	c.shared.err = errors.New("away")
	first, second = 0, 2
	if err := b.Tick(t.Context(), c.now.Add(monitor.Interval)); !errors.Is(err, c.shared.err) {
		t.Errorf("Tick of a leader that cannot read live incidents: %v, want %v", err, c.shared.err)
	}
	live := b.Live("whatsapp")
	if !b.Judged().Equal(judged) || live.Incident == nil || live.Incident.ID != began.ID {
		t.Errorf("it shows %+v of %s; want %s of %s", live.Incident, b.Judged(), began.ID, judged)
	}
	c.shared.err = nil
	c.pass(time.Minute, 120, b)
	if got := c.incident(); !b.Judged().Equal(c.now) || got.ID != began.ID {
		t.Errorf("then it judged at %s, and the incident is %s; want %s and %s", b.Judged(), got.ID, c.now, began.ID)
	}
}

// TestAFollowerKnowsWhatIsDeclared reads what the intake of a follower asks for.
func TestAFollowerKnowsWhatIsDeclared(t *testing.T) {
	c := newCrew(t)
	var first, second int64 = 1, 0
	leader, follower := c.monitor(&first), c.monitor(&second)
	c.pass(10*time.Minute, 6, leader, follower)
	if live := follower.Live("whatsapp").Incident; live != nil {
		t.Errorf("before the outage the follower shows %+v, want no incident", live)
	}
	c.pass(5*time.Minute, 120, leader, follower)
	declared := c.incident().Declared
	if live := follower.Live("whatsapp").Incident; declared.IsZero() || live == nil || !live.Declared.Equal(declared) || live.State != incident.Confirmed {
		t.Errorf("the follower shows %+v, want the outage that was declared at %s", live, declared)
	}
}

func TestAFollowerPublishesCounts(t *testing.T) {
	c := newCrew(t)
	var first, second int64 = 1, 0
	a, b := c.monitor(&first), c.monitor(&second)
	hub := publish.NewHub(1, false)
	b.options.Publisher, b.view.Publisher = hub, hub
	stream, err := hub.Subscribe(publish.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	c.pass(time.Minute, 6, a, b)
	if frames, _ := stream.Take(); len(frames) == 0 || !strings.Contains(string(frames[0].Text), "event: counts") {
		t.Errorf("a subscriber of the follower gets %v, want counts", frames)
	}
}

func TestAFollowerSavesNothing(t *testing.T) {
	c := newCrew(t)
	var number int64
	b := c.monitor(&number)
	c.pass(10*time.Minute, 120, b)
	all, _, err := c.archive.Incidents(t.Context(), archive.IncidentFilter{})
	if err != nil || len(all) != 0 {
		t.Errorf("%d incidents are archived, %v; want none", len(all), err)
	}
	if states, err := c.archive.States(t.Context()); err != nil || len(states) != 0 {
		t.Errorf("%d states are archived, %v; want none", len(states), err)
	}
}

func TestALeaderSavesTheStatesAtItsEnd(t *testing.T) {
	c := newCrew(t)
	var number int64 = 1
	a := c.monitor(&number)
	c.pass(5*time.Minute+30*time.Second, 120, a)
	ctx, end := context.WithCancel(t.Context())
	end()
	if err := a.Run(ctx, time.Hour); err != nil {
		t.Fatal(err)
	}
	states, err := c.archive.States(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var s detect.State
	if err := json.Unmarshal(states["whatsapp"], &s); err != nil {
		t.Fatal(err)
	}
	if want := time.Date(2026, 3, 4, 12, 5, 0, 0, time.UTC); s.At.Before(want) {
		t.Errorf("the state that was saved ends at %s; want %s", s.At, want)
	}
}
