package app

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/monitor"
	"github.com/outcry/outcry/pkg/publish"
)

// errNotLeading keeps a process that leads no more from keeping what it
// concluded.
var errNotLeading = errors.New("another process leads now")

// sharedJudge is the monitor of one of many processes. Every one judges, so
// that each can show how things are; the one that leads keeps what it concludes
// and the states of the detector, and the others begin each tick with what it
// kept. So whoever leads next goes on where the last one stopped.
type sharedJudge struct {
	options monitor.Options
	term    term

	leading int64 // the term in which current keeps what it concludes, or 0; Tick only
	current atomic.Pointer[monitor.Monitor]
}

// term returns the number of the term in which this process leads, at this
// moment, or 0 if it does not. No two terms have the same number.
type term func() int64

// newSharedJudge returns a judge that keeps what it concludes while it leads.
func newSharedJudge(o monitor.Options, t term) *sharedJudge {
	j := &sharedJudge{options: o, term: t}
	j.current.Store(monitor.New(o)) // it has judged nothing, and says so
	return j
}

// Tick judges everything that is active at now.
func (j *sharedJudge) Tick(ctx context.Context, now time.Time) error {
	number := j.term()
	m := j.current.Load()
	if number == 0 || j.leading != number {
		o := j.options
		if number != 0 {
			o.Archive = leadingKeeper{o.Archive, j.term, number}
		} else {
			o.Archive, o.Checkpoint = followingKeeper{o.Archive}, 0
		}
		next := monitor.New(o)
		if err := next.Restore(ctx, now); err == nil {
			m, j.leading = next, number
		} else if m.Judged().IsZero() {
			return err
		} // else the archive is away: this process goes on with what it knows
	}
	err := m.Tick(ctx, now)
	if !m.Judged().IsZero() {
		j.current.Store(m)
	}
	return err
}

// Run ticks until ctx ends. A tick that fails is made up for by the next one;
// the first of several is logged.
func (j *sharedJudge) Run(ctx context.Context, interval time.Duration) error {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	failing := false
	for {
		select {
		case <-ctx.Done():
			if j.leading != 0 {
				return j.current.Load().Run(ctx, interval) // only saves the states
			}
			return nil
		case now := <-ticker.C:
			err := j.Tick(ctx, now)
			if err != nil && !failing && ctx.Err() == nil {
				j.options.Log.Error("the monitor could not judge; incidents stay as they are until it can", "error", err)
			}
			failing = err != nil
		}
	}
}

// Live returns what is known of service right now.
func (j *sharedJudge) Live(service string) incident.Live { return j.current.Load().Live(service) }

// Judged returns the time of the last tick that could count and read what was
// counted.
func (j *sharedJudge) Judged() time.Time { return j.current.Load().Judged() }

// leadingKeeper keeps for one term. It tells nobody: relay does, in every
// process.
type leadingKeeper struct {
	monitor.Archive
	term   term
	number int64
}

func (k leadingKeeper) SaveIncident(ctx context.Context, inc incident.Incident, timeline []incident.Event, events []publish.Event) ([]publish.Event, error) {
	if k.term() != k.number {
		return nil, errNotLeading
	}
	_, err := k.Archive.SaveIncident(ctx, inc, timeline, events)
	return nil, err
}

func (k leadingKeeper) SaveStates(ctx context.Context, states map[string][]byte) error {
	if k.term() != k.number {
		return errNotLeading
	}
	return k.Archive.SaveStates(ctx, states)
}

// followingKeeper keeps nothing.
type followingKeeper struct{ monitor.Archive }

func (followingKeeper) SaveIncident(context.Context, incident.Incident, []incident.Event, []publish.Event) ([]publish.Event, error) {
	return nil, nil
}

func (followingKeeper) SaveStates(context.Context, map[string][]byte) error { return nil }
