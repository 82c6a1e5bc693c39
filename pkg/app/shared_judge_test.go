package app

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/baseline"
	"github.com/outcry/outcry/pkg/config"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/monitor"
	"github.com/outcry/outcry/pkg/publish"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// crew is several judges of one store and one archive, with a clock and an
// outage of their own.
type crew struct {
	t       *testing.T
	parts   *parts
	now     time.Time
	rng     *rand.Rand
	archive *flakyArchive
	board   board
}

// board is what who leads tells the others, in memory.
type board struct {
	term int64
	at   time.Time
	seen map[string]monitor.Assessment
}

func (b *board) Tell(_ context.Context, term int64, at time.Time, seen map[string]monitor.Assessment) error {
	if term < b.term {
		return errNotLeading
	}
	b.term, b.at, b.seen = term, at, seen
	return nil
}

func (b *board) Told(_ context.Context, since time.Time) (time.Time, map[string]monitor.Assessment, error) {
	if !b.at.After(since) {
		return since, nil, nil
	}
	return b.at, b.seen, nil
}

// flakyArchive may be away.
type flakyArchive struct {
	monitor.Archive
	err error
}

func (a *flakyArchive) LiveIncidents(ctx context.Context, since time.Time) ([]incident.Incident, error) {
	if a.err != nil {
		return nil, a.err
	}
	return a.Archive.LiveIncidents(ctx, since)
}

func newCrew(t *testing.T) *crew {
	t.Helper()
	cfg := config.Default()
	cfg.Data = t.TempDir()
	c := &crew{t: t, now: time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC), rng: rand.New(rand.NewPCG(1, 2))}
	p, err := assemble(t.Context(), cfg, slog.New(slog.DiscardHandler), func() time.Time { return c.now }, true)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.close(); err != nil {
			t.Error(err)
		}
	})
	c.parts, c.archive = p, &flakyArchive{Archive: p.archive}
	var rollups []window.Rollup
	var spans []window.Span
	for at := c.now.Add(-baseline.HistoryLength); at.Before(c.now); at = at.Add(time.Hour) {
		spans = append(spans, window.Span{Start: at, Width: time.Hour, Known: 60})
		rollups = append(rollups, window.Rollup{Service: "whatsapp", Kind: report.Problem, Start: at, Width: time.Hour,
			Cell: window.Cell{Country: "IN", Symptom: "messaging"}, N: 360})
	}
	if err := p.archive.SaveRollups(t.Context(), rollups, spans); err != nil {
		t.Fatal(err)
	}
	return c
}

// judge returns one more judge, which leads in the term that number says.
func (c *crew) judge(number *int64) *sharedJudge {
	return newSharedJudge(monitor.Options{
		Store: c.parts.store, Archive: c.archive, Baselines: c.parts.baseline, Publisher: publish.NewHub(1, false),
		Settings: detect.Defaults(), FalsePerDay: 1, Policy: incident.Defaults(), Checkpoint: checkpoint, Log: slog.New(slog.DiscardHandler),
	}, func() int64 { return *number }, &c.board)
}

// pass lets time pass with perMinute reports; all judges tick.
func (c *crew) pass(d time.Duration, perMinute int, judges ...*sharedJudge) {
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
		for _, o := range c.parts.store.Count(c.t.Context(), reports) {
			if o.Status != window.Counted {
				c.t.Fatalf("a report was not counted: %v %v", o.Status, o.Err)
			}
		}
		for _, j := range judges {
			if err := j.Tick(c.t.Context(), c.now); err != nil {
				c.t.Fatal(err)
			}
		}
	}
}

// incident returns the only one that is archived.
func (c *crew) incident() incident.Incident {
	c.t.Helper()
	all, _, err := c.parts.archive.Incidents(c.t.Context(), archive.IncidentFilter{})
	if err != nil || len(all) != 1 {
		c.t.Fatalf("%d incidents are archived, %v; want one: %+v", len(all), err, all)
	}
	return all[0]
}

func TestAnIncidentGoesOnWhoeverLeads(t *testing.T) {
	c := newCrew(t)
	var first, second int64 = 1, 0
	a, b := c.judge(&first), c.judge(&second)
	c.pass(10*time.Minute, 6, a, b)
	c.pass(10*time.Minute, 120, a, b)
	began := c.incident()
	if began.State != incident.Confirmed {
		t.Fatalf("after ten minutes of outage the incident is %s", began.State)
	}
	if live := b.Live("whatsapp").Incident; live == nil || live.ID != began.ID || live.State != incident.Confirmed {
		t.Errorf("who follows shows %+v, want %s, confirmed", live, began.ID)
	}

	c.pass(3*time.Minute, 120, b) // a is paused; its lease is over and b's has not begun
	first, second = 0, 2
	c.pass(3*time.Minute, 120, b)
	if got := c.incident(); got.ID != began.ID || !got.Declared.Equal(began.Declared) {
		t.Errorf("under the next one the incident is %s, declared %s; want %s, declared %s", got.ID, got.Declared, began.ID, began.Declared)
	}
	c.pass(3*time.Minute, 120, a, b) // a goes on, and follows
	if live := a.Live("whatsapp").Incident; live == nil || live.ID != began.ID {
		t.Errorf("who led before shows %+v, want %s", live, began.ID)
	}

	first, second = 3, 0
	c.pass(90*time.Minute, 6, a, b)
	if got := c.incident(); got.ID != began.ID || got.State != incident.Resolved {
		t.Errorf("after the outage the incident is %s, %s; want %s, resolved", got.ID, got.State, began.ID)
	}
}

func TestWhoLeadsNoMoreKeepsNothing(t *testing.T) {
	c := newCrew(t)
	var number int64 = 1
	keeps := leadingKeeper{c.archive, func() int64 { return number }, 1}
	inc := incident.Incident{ID: "a", Service: "whatsapp", Version: 1, State: incident.Suspected, Onset: c.now}
	if told, err := keeps.SaveIncident(t.Context(), inc, nil, []publish.Event{{Name: publish.Status}}); err != nil || len(told) != 0 {
		t.Errorf("SaveIncident of who leads = %v, %v; want it kept, and the telling left to all", told, err)
	}
	for _, number = range []int64{0, 2} {
		inc.Version++
		if _, err := keeps.SaveIncident(t.Context(), inc, nil, nil); !errors.Is(err, errNotLeading) {
			t.Errorf("SaveIncident of term 1 in term %d: %v", number, err)
		}
		if err := keeps.SaveStates(t.Context(), map[string][]byte{"whatsapp": {1}}); !errors.Is(err, errNotLeading) {
			t.Errorf("SaveStates of term 1 in term %d: %v", number, err)
		}
	}
	if got := c.incident(); got.Version != 1 {
		t.Errorf("version %d is archived, want 1", got.Version)
	}
}

func TestWhoCannotTakeOverShowsWhatItKnows(t *testing.T) {
	c := newCrew(t)
	var first, second int64 = 1, 0
	a, b := c.judge(&first), c.judge(&second)
	c.pass(10*time.Minute, 6, a, b)
	c.pass(5*time.Minute, 120, a, b)
	began, judged := c.incident(), c.now
	c.archive.err = errors.New("away")
	first, second = 0, 2
	if err := b.Tick(t.Context(), c.now.Add(monitor.Interval)); !errors.Is(err, c.archive.err) {
		t.Errorf("Tick of who cannot read what there is: %v", err)
	}
	live := b.Live("whatsapp")
	if !b.Judged().Equal(judged) || live.Incident == nil || live.Incident.ID != began.ID {
		t.Errorf("it shows %+v of %s; want %s of %s", live.Incident, b.Judged(), began.ID, judged)
	}
	c.archive.err = nil
	c.pass(time.Minute, 120, b)
	if got := c.incident(); !b.Judged().Equal(c.now) || got.ID != began.ID {
		t.Errorf("then it judged at %s, and the incident is %s; want %s and %s", b.Judged(), got.ID, c.now, began.ID)
	}
}

func TestWhoFollowsTellsItsSubscribers(t *testing.T) {
	c := newCrew(t)
	var first, second int64 = 1, 0
	a, b := c.judge(&first), c.judge(&second)
	hub := publish.NewHub(1, false)
	b.options.Publisher, b.shown.Publisher = hub, hub
	stream, err := hub.Subscribe(publish.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	c.pass(time.Minute, 6, a, b)
	if frame := <-stream.Frames(); !strings.Contains(string(frame.Text), "event: counts") {
		t.Errorf("a subscriber of who follows is told %q", frame.Text)
	}
}

func TestWhoFollowsKeepsNothing(t *testing.T) {
	c := newCrew(t)
	var number int64
	b := c.judge(&number)
	c.pass(10*time.Minute, 120, b)
	all, _, err := c.parts.archive.Incidents(t.Context(), archive.IncidentFilter{})
	if err != nil || len(all) != 0 {
		t.Errorf("%d incidents are archived, %v; want none", len(all), err)
	}
	if states, err := c.parts.archive.States(t.Context()); err != nil || len(states) != 0 {
		t.Errorf("%d states are archived, %v; want none", len(states), err)
	}
}

func TestTheEndOfWhoLeadsSavesTheStates(t *testing.T) {
	c := newCrew(t)
	var number int64 = 1
	a := c.judge(&number)
	c.pass(5*time.Minute+30*time.Second, 120, a)
	ctx, end := context.WithCancel(t.Context())
	end()
	if err := a.Run(ctx, time.Hour); err != nil {
		t.Fatal(err)
	}
	states, err := c.parts.archive.States(t.Context())
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
