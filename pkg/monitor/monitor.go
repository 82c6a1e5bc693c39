// Package monitor is the loop around the detector: every few seconds it reads
// what was counted, lets detect judge it and incident draw the conclusions,
// and hands changes to the archive and to subscribers. It decides nothing
// itself; a replay drives Tick with another clock and gets the same answers.
package monitor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/outcry/outcry/pkg/baseline"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/publish"
	"github.com/outcry/outcry/pkg/window"
)

const (
	// Interval is the time between two ticks of a replay.
	Interval = 10 * time.Second
	// settle is how long after its end a minute is consumed: reports that were
	// on their way have been counted by then.
	settle = 10 * time.Second
	// recent is how far back a service with reports counts as active.
	recent = 5 * time.Minute
	// catchUp bounds how much of the past is judged after a pause; what is older
	// is skipped as a gap.
	catchUp = time.Hour
)

// Store is what the monitor needs of window.Store. Active and Beat may fail with a
// *window.Missing.
type Store interface {
	Buckets(ctx context.Context, service string, from, to time.Time) ([]window.Bucket, error)
	BucketsOf(ctx context.Context, services []string, from, to time.Time) ([][]window.Bucket, error)
	NetworksOf(ctx context.Context, services []string, at time.Time) ([]window.NetworkCounts, error)
	Active(ctx context.Context, since time.Time) ([]string, error)
	Beat(ctx context.Context, at time.Time) error
}

// Archive is what the monitor needs of the archive.
type Archive interface {
	// LiveIncidents returns the incidents that are not resolved, and those that
	// were resolved after since, at most one of a service.
	LiveIncidents(ctx context.Context, since time.Time) ([]incident.Incident, error)
	// SaveIncident keeps inc with what is new in its timeline, and returns the
	// events with their IDs.
	SaveIncident(ctx context.Context, inc incident.Incident, timeline []incident.Event, events []publish.Event) ([]publish.Event, error)
	// States returns the saved detector states by cell.
	States(ctx context.Context) (map[string][]byte, error)
	// Problems returns how many problems of all services were archived in a span.
	Problems(ctx context.Context, from, to time.Time) (int64, error)
	// SaveStates keeps the states of cells; nil deletes one.
	SaveStates(ctx context.Context, states map[string][]byte) error
}

// Publisher takes what subscribers should know. It never blocks.
type Publisher interface{ Publish(events ...publish.Event) }

// Options are the parts a Monitor works with.
type Options struct {
	Store     Store
	Archive   Archive
	Baselines *baseline.Set
	Publisher Publisher
	// Settings are those of the detector. Their threshold holds until the first
	// tick, which sets it to what FalsePerDay asks for.
	Settings detect.Settings
	// FalsePerDay is how many false alarms a day are allowed over everything.
	FalsePerDay float64
	// Quorum returns the fewest networks behind a warning and an outage of a
	// service that differs from Settings; 0 is no difference, as is no function.
	Quorum func(service string) (warning, outage int)
	Policy incident.Policy
	// Dependencies returns the provider of a service and all services that take it
	// down when they fail. If it is nil, no service depends on another.
	Dependencies func(service string) (provider string, needs []string)
	// Checkpoint is how often the states of live cells are saved; 0 is never,
	// for a replay that nobody will take up again.
	Checkpoint time.Duration
	Log        *slog.Logger
}

// Monitor watches every service with reports. Tick may not be called
// concurrently; Live may, at any time.
type Monitor struct {
	Options
	services map[string]*watch
	dropped  map[string]bool // cells whose saved states are to be deleted at the next checkpoint
	savedAt  time.Time
	turn     int       // of the last checkpoint
	ticked   time.Time // the last tick
	listed   time.Time // the last one at which no partition was missing
	missing  [window.Partitions]bool
	watching time.Time // since when every minute has been watched and known
	sweptOn  int64     // the day of the last sweep, in days since the Unix epoch
	unswept  []string  // services that are still to be swept on it

	budget budget
	scratch

	mu       sync.RWMutex
	current  map[string]Assessment
	judgedAt time.Time
}

// scratch is the room in which one service after the other is judged.
type scratch struct {
	counts   tally                           // of the bucket
	recent   tally                           // of the default window
	pending  tally                           // of the minutes that are not settled yet
	copies   map[window.Cell]*detect.State   // as they are after what is closed, but not settled
	verdicts map[window.Cell]*detect.Verdict // at this tick, but that on the service
	ended    map[window.Cell]time.Time       // anomalies that ended in minutes that closed
}

func newScratch() scratch {
	return scratch{copies: map[window.Cell]*detect.State{}, verdicts: map[window.Cell]*detect.Verdict{}, ended: map[window.Cell]time.Time{}}
}

// New returns a Monitor that has not seen anything yet.
func New(o Options) *Monitor {
	return &Monitor{Options: o, services: map[string]*watch{}, dropped: map[string]bool{}, current: map[string]Assessment{}, scratch: newScratch()}
}

// Restore takes up what an earlier process left: incidents that go on or may
// reopen, and the states of live cells. It is called once, before the first
// tick.
func (m *Monitor) Restore(ctx context.Context, now time.Time) error {
	live, err := m.Archive.LiveIncidents(ctx, now.Add(-m.Policy.ReopenWithin))
	if err != nil {
		return fmt.Errorf("restore live incidents: %w", err)
	}
	states, err := m.Archive.States(ctx)
	if err != nil {
		return fmt.Errorf("restore detector states: %w", err)
	}
	for _, inc := range live {
		m.watch(inc.Service).incident = &inc
	}
	for name, data := range states {
		service, cell := splitCell(name)
		var s detect.State
		if err := json.Unmarshal(data, &s); err != nil {
			m.Log.Warn("a saved detector state cannot be read and is dropped; the cell starts anew", "cell", name, "error", err)
			m.dropped[name] = true
			continue
		}
		w := m.watch(service)
		w.keep(cell, s)
		if _, kept := w.states[cell]; kept {
			w.saved(cell)
		} else {
			m.dropped[name] = true
		}
	}
	return nil
}

// Run ticks at once, so that the minute of a start counts as watched, and until
// ctx ends. A tick that fails is logged and made up for by the next one, which
// reads from where the last good one stopped.
func (m *Monitor) Run(ctx context.Context, interval time.Duration) error {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	now := time.Now()
	for {
		if ctx.Err() != nil {
			// A restart goes on from here, not from up to a minute ago.
			return m.Save(context.WithoutCancel(ctx))
		}
		if err := m.Tick(ctx, now); err != nil && ctx.Err() == nil {
			m.Log.Error("the monitor could not judge; incidents stay as they are until it can", "error", err)
		}
		select {
		case <-ctx.Done():
		case now = <-ticker.C:
		}
	}
}

// Save saves the state of every cell that changed since it was last saved.
func (m *Monitor) Save(ctx context.Context) error { return m.checkpoint(ctx, everyState) }

// Tick judges everything that is active at now. Services whose partition is
// missing stay as they are until it is back.
func (m *Monitor) Tick(ctx context.Context, now time.Time) error {
	now = now.UTC()
	m.missing = [window.Partitions]bool{}
	silent := m.Store.Beat(ctx, now)
	if !m.partly(silent) {
		return fmt.Errorf("note that counting works: %w", silent)
	}
	failed := m.budgeted(ctx, now) // without the archive the threshold stays
	active, unlisted := m.Store.Active(ctx, m.unsettled(now))
	if !m.partly(unlisted) {
		return errors.Join(failed, fmt.Errorf("list active services: %w", unlisted))
	}
	if silent == nil && unlisted == nil {
		m.listed = now
	}
	failed = errors.Join(failed, silent, unlisted)
	m.mu.Lock()
	m.judgedAt = now
	m.mu.Unlock()
	if gap := now.Sub(m.ticked); gap < 0 || gap >= recent {
		m.watching = window.Start(now.Add(-catchUp)) // that much is looked at again
	}
	m.ticked = now
	for _, service := range active {
		w := m.watch(service)
		w.lastCount, w.fresh = now, true
	}
	judging := m.judge(ctx, now)
	failed = errors.Join(failed, judging)
	if judging == nil {
		failed = errors.Join(failed, m.sweep(ctx, now))
	}
	if m.Checkpoint > 0 && now.Sub(m.savedAt).Abs() >= m.Checkpoint { // the clock may go back
		if err := m.checkpoint(ctx, m.inTurn); err != nil {
			failed = errors.Join(failed, err)
		}
		m.savedAt = now
	}
	return failed
}

// partly tells whether an error of the store leaves partitions to judge, and notes
// which are missing.
func (m *Monitor) partly(err error) bool {
	if err == nil {
		return true
	}
	var some *window.Missing
	if !errors.As(err, &some) {
		return false
	}
	for _, p := range some.Partitions {
		m.missing[p] = true
	}
	return true
}

func (m *Monitor) watch(service string) *watch {
	w := m.services[service]
	if w == nil {
		w = newWatch()
		m.services[service] = w
	}
	return w
}
