// Package monitor is the loop around the detector. Every few seconds it reads the
// counts of all active services, has detect judge them and incident draw the
// conclusions, and hands the changes to the archive and to subscribers. It
// decides nothing itself. A replay calls Tick with another clock and gets the
// same result.
package monitor

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/outcry/outcry/pkg/baseline"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/publish"
	"github.com/outcry/outcry/pkg/streak"
	"github.com/outcry/outcry/pkg/window"
)

const (
	// Interval is the time between two ticks of a replay.
	Interval = 10 * time.Second
	// settle is how long after its end a minute is consumed. By then, reports that
	// were on their way have been counted.
	settle = 10 * time.Second
	// recent is for how long after a report a service is listed as active.
	recent = 5 * time.Minute
	// catchUp bounds the past that is judged after a pause. Older minutes are
	// skipped as a gap.
	catchUp = time.Hour
)

// Store is what the monitor needs of window.Store. Active and Beat return a
// *window.Missing as their error if some partitions cannot be reached.
type Store interface {
	Buckets(ctx context.Context, service string, from, to time.Time) ([]window.Bucket, error)
	BucketsOf(ctx context.Context, services []string, from, to time.Time) ([][]window.Bucket, error)
	NetworksOf(ctx context.Context, services []string, at time.Time, span time.Duration) ([]window.NetworkCounts, error)
	Active(ctx context.Context, since time.Time) ([]string, error)
	Beat(ctx context.Context, at time.Time) error
}

// Archive is what the monitor needs of the archive.
type Archive interface {
	// LiveIncidents returns the incidents that are not resolved, and those that
	// were resolved after since, at most one for each service.
	LiveIncidents(ctx context.Context, since time.Time) ([]incident.Incident, error)
	// SaveIncidents saves incidents with new entries of their timelines, and returns the
	// events of each with their IDs. After an error, the first len(saved) are saved.
	SaveIncidents(ctx context.Context, all []publish.Conclusion) (saved [][]publish.Event, err error)
	// States returns the saved detector states by the name of their cell.
	States(ctx context.Context) (map[string][]byte, error)
	// Problems returns the archived problems of all services in [from, to).
	Problems(ctx context.Context, from, to time.Time) (int64, error)
	// Rollups returns the rollups of a service that start in [from, to).
	Rollups(ctx context.Context, service string, from, to time.Time) ([]window.Rollup, []window.Span, error)
	// CountProblems returns the problems of a service in [from, to) by cell, from
	// single reports.
	CountProblems(ctx context.Context, service string, from, to time.Time) (map[window.Cell]int64, error)
	// SaveStates saves states by the name of their cell; nil deletes one.
	SaveStates(ctx context.Context, states map[string][]byte) error
}

// Publisher sends events to subscribers. It never blocks.
type Publisher interface{ Publish(events ...publish.Event) }

// Options are the parts and settings of a Monitor.
type Options struct {
	Store     Store
	Archive   Archive
	Baselines *baseline.Set
	Publisher Publisher
	// Settings are those of the detector. The first tick, and then one each day,
	// sets their threshold to the one that FalsePerDay asks for.
	Settings detect.Settings
	// FalsePerDay is how many false alarms a day are allowed for all services
	// together.
	FalsePerDay float64
	// Quorum returns the fewest networks behind a warning and an outage of a
	// service; 0 is the number in Settings. If it is nil, Settings hold for all.
	Quorum func(service string) (warning, outage int)
	Policy incident.Policy
	// Dependencies returns the provider of a service and all services that take it
	// down when they fail. If it is nil, no service depends on another.
	Dependencies func(service string) (provider string, needs []string)
	// Category returns what kind of service one is. If it is nil, all are of
	// different kinds.
	Category func(service string) string
	// Checkpoint is the time between two savings of the states. 0 is never, for a
	// replay that nobody continues.
	Checkpoint time.Duration
	// Actions are what operators ask for. If it is nil, nobody asks for anything.
	Actions Actions
	// Exclusions are what operators excluded from the counts of Store. It is needed
	// with Actions.
	Exclusions Exclusions
	// Ticked is called after every tick, with the time that it took and its error. It
	// may be nil.
	Ticked func(took time.Duration, err error)
	Log    *slog.Logger
}

// Monitor watches every service with reports. Tick, Restore and Save may not be
// called concurrently. Live, Judged and Assessments may, at any time.
type Monitor struct {
	Options
	services   map[string]*watch
	tickedAt   time.Time // the last tick
	listedAt   time.Time // the last tick at which no partition was missing
	knownSince time.Time // from here on every minute was watched and could be counted

	twice       twice
	common      commonFactors
	siblings    map[string][]string // the services of a provider that were watched
	volume      dailyVolume
	sweeping    sweeping
	dropped     map[string]bool          // cells whose saved states are deleted at the next checkpoint
	savedAt     time.Time                // the last checkpoint
	checkpoints int                      // how many there were, modulo checkpointTurns
	mutes       map[string]incident.Mute // by service; nil until they could be read
	actionsAt   time.Time                // when waiting actions may be read again after a failure

	mu       sync.RWMutex
	current  map[string]Assessment
	judgedAt time.Time
}

// New returns a Monitor that knows no service yet.
func New(o Options) *Monitor {
	return &Monitor{Options: o, services: map[string]*watch{}, siblings: map[string][]string{}, dropped: map[string]bool{}, current: map[string]Assessment{}}
}

// Restore continues the work of an earlier process: it reads the incidents that
// are live or may reopen, and the saved states. It is called once, before the
// first tick.
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
		var state detect.State
		if err := json.Unmarshal(data, &state); err != nil {
			m.Log.Warn("a saved detector state cannot be read and is dropped; the cell starts anew", "cell", name, "error", err)
			m.dropped[name] = true
			continue
		}
		service, cell := parseCellName(name)
		w := m.watch(service)
		w.setState(cell, state)
		if _, kept := w.states[cell]; kept {
			w.markSaved(cell)
		} else {
			m.dropped[name] = true
		}
	}
	return nil
}

// Run ticks at every interval until ctx ends, and then saves the states. The
// first tick is at once, so that the minute of a start counts as watched. The first
// of several ticks that fail is logged; the next one reads from where the last good
// one stopped.
func (m *Monitor) Run(ctx context.Context, interval time.Duration) error {
	failures := streak.New(m.Log, slog.LevelError, "the monitor could not judge; incidents stay as they are until it can", "the monitor judges again")
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	now := time.Now()
	for {
		if ctx.Err() != nil {
			// A restart goes on from here, not from up to a minute ago.
			return m.Save(context.WithoutCancel(ctx))
		}
		if err := m.Tick(ctx, now); ctx.Err() == nil {
			failures.Note(err)
		}
		select {
		case <-ctx.Done():
		case now = <-ticker.C:
		}
	}
}
