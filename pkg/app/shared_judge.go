package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/monitor"
	"github.com/outcry/outcry/pkg/publish"
)

// errNotLeading keeps a process that leads no more from keeping what it
// concluded.
var errNotLeading = errors.New("another process leads now")

// listenPause is how long readers may wait for what another process judged.
const listenPause = time.Second

// sharedJudge is the monitor of one of many processes. The one that leads judges
// every service, keeps what it concludes, and tells the others what it saw. They
// show that. Whoever leads next goes on where the last one stopped.
type sharedJudge struct {
	options monitor.Options
	term    term
	told    told
	shown   *monitor.Monitor // what readers see

	lead    *monitor.Monitor // while leading
	leading int64            // the term of lead, or 0
	failing bool             // Run only
}

// term returns the number of the term in which this process leads, at this
// moment, or 0 if it does not. No two terms have the same number.
type term func() int64

// told is what the process that leads tells the others.
type told interface {
	// Tell lets all processes know what was seen at a tick of a term, unless a
	// later term has begun.
	Tell(ctx context.Context, term int64, at time.Time, seen map[string]monitor.Assessment) error
	// Told returns what was told last, and of when that is; the zero time before
	// the first. If that is not after since, it returns since and nothing else.
	Told(ctx context.Context, since time.Time) (at time.Time, seen map[string]monitor.Assessment, err error)
}

// newSharedJudge returns a judge that has seen nothing yet, and says so.
func newSharedJudge(o monitor.Options, t term, all told) *sharedJudge {
	return &sharedJudge{options: o, term: t, told: all, shown: monitor.New(o)}
}

// Tick judges everything that is active at now, or listens to who does. Either
// way it notes that counting works here.
func (j *sharedJudge) Tick(ctx context.Context, now time.Time) error {
	number := j.term()
	if number == 0 {
		return errors.Join(j.options.Store.Beat(ctx, now), j.listen(ctx))
	}
	if number != j.leading {
		o := j.options
		o.Archive, o.Publisher = leadingKeeper{o.Archive, j.term, number}, silent{}
		lead := monitor.New(o)
		if err := lead.Restore(ctx, now); err != nil {
			return fmt.Errorf("go on where the last one stopped: %w", err)
		}
		j.lead, j.leading = lead, number
	}
	err := j.lead.Tick(ctx, now)
	if judged := j.lead.Judged(); judged.Equal(now.UTC()) {
		seen := j.lead.Assessments()
		j.shown.Adopt(judged, seen)
		err = errors.Join(err, j.told.Tell(ctx, number, judged, seen))
	}
	return err
}

// listen shows what another process saw, if that is new.
func (j *sharedJudge) listen(ctx context.Context) error {
	j.lead, j.leading = nil, 0
	at, seen, err := j.told.Told(ctx, j.shown.Judged())
	if err == nil && at.After(j.shown.Judged()) {
		j.shown.Adopt(at, seen)
	}
	return err
}

// Run ticks until ctx ends. A tick that fails is made up for by the next one;
// the first of several is logged.
func (j *sharedJudge) Run(ctx context.Context, interval time.Duration) error {
	ticking, listening := time.NewTicker(interval), time.NewTicker(listenPause)
	defer ticking.Stop()
	defer listening.Stop()
	for {
		select {
		case <-ctx.Done():
			if j.lead != nil {
				return j.lead.Run(ctx, interval) // only saves the states
			}
			return nil
		case now := <-ticking.C:
			j.note(ctx, j.Tick(ctx, now))
		case now := <-listening.C:
			switch number := j.term(); {
			case number == 0:
				j.note(ctx, j.listen(ctx))
			case number != j.leading: // it has been a while since somebody judged
				j.note(ctx, j.Tick(ctx, now))
			}
		}
	}
}

func (j *sharedJudge) note(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	if err != nil && !j.failing {
		j.options.Log.Error("the monitor could not judge; incidents stay as they are until it can", "error", err)
	}
	j.failing = err != nil
}

// Live returns what is known of service right now.
func (j *sharedJudge) Live(service string) incident.Live { return j.shown.Live(service) }

// Judged returns the time of the last tick, of whichever process, that could
// count and read what was counted.
func (j *sharedJudge) Judged() time.Time { return j.shown.Judged() }

// silent tells nobody: what is judged is shown by every process, its own too.
type silent struct{}

func (silent) Publish(...publish.Event) {}

// leadingKeeper keeps for one term. It returns no events: relay tells them, in
// every process.
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
