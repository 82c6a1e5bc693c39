package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync/atomic"
	"time"

	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/config"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/ingest"
	"github.com/outcry/outcry/pkg/monitor"
	"github.com/outcry/outcry/pkg/scenario"
)

// longReplay is the length from which a replay judges once a minute instead of
// every ten seconds: its question is whether anything is declared at all.
const longReplay = 48 * time.Hour

// Simulate replays a scenario on a virtual clock, through the same ingest,
// store, detector and incidents as the server, in a temporary folder that is
// removed afterwards. Progress, when it is not nil, is told how far it is.
func Simulate(ctx context.Context, s *scenario.Scenario, seed int64, progress *Progress, log *slog.Logger) (_ *scenario.Result, err error) {
	dir, err := os.MkdirTemp("", "outcry-simulate-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for the replay: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()

	cfg := config.Default()
	cfg.Data = dir
	clock := &virtualClock{}
	clock.set(s.Start)
	p, err := assemble(ctx, cfg, log, clock.now, true)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	if err := s.Check(p.catalog); err != nil {
		return nil, err
	}
	rollups, spans := s.History(seed)
	if err := p.archive.SaveRollups(ctx, rollups, spans); err != nil {
		return nil, fmt.Errorf("write the weeks before the replay: %w", err)
	}

	work := newGroup(context.WithoutCancel(ctx))
	ingesting := work.run("ingest", p.ingester.Run)
	defer func() {
		ingesting.stop()
		err = errors.Join(err, work.err())
	}()
	r := &replay{parts: p, clock: clock, run: s.Begin(seed), tick: monitor.Interval}
	if s.End.Sub(s.Start) > longReplay {
		r.tick = time.Minute
	}
	for minute, submissions := range s.Stream(seed) {
		if err := r.minute(ctx, minute, submissions); err != nil {
			return nil, fmt.Errorf("replay %s at %s: %w", s.Name, minute.Format(time.DateTime), err)
		}
		progress.at(minute.Sub(s.Start), s.End.Sub(s.Start))
	}
	progress.end()
	incidents, timeline, err := everyIncident(ctx, p.archive)
	if err != nil {
		return nil, err
	}
	return r.run.Result(ctx, p.store, incidents, timeline)
}

// everyIncident returns all incidents of an archive and their timelines.
func everyIncident(ctx context.Context, a *archive.Archive) (incidents []incident.Incident, timeline []incident.Event, err error) {
	incidents, err = a.AllIncidents(ctx, archive.IncidentFilter{})
	if err != nil {
		return nil, nil, err
	}
	for _, inc := range incidents {
		_, changes, err := a.Incident(ctx, inc.ID)
		if err != nil {
			return nil, nil, err
		}
		timeline = append(timeline, changes...)
	}
	return incidents, timeline, nil
}

// replay drives the parts of a server through the minutes of a scenario.
type replay struct {
	*parts
	clock *virtualClock
	run   *scenario.Run
	tick  time.Duration
	items []ingest.Item
}

// minute submits what a minute holds, tick by tick, and lets the monitor judge
// after each.
func (r *replay) minute(ctx context.Context, minute time.Time, submissions []scenario.Submission) error {
	end := minute.Add(time.Minute)
	for at := minute.Add(r.tick); !at.After(end); at = at.Add(r.tick) {
		n := 0
		for n < len(submissions) && submissions[n].At.Before(at) {
			n++
		}
		// What is due before the tick arrives just before it.
		r.clock.set(at.Add(-time.Millisecond))
		if err := r.submit(submissions[:n]); err != nil {
			return err
		}
		submissions = submissions[n:]
		r.clock.set(at)
		if err := r.monitor.Tick(ctx, at); err != nil {
			return err
		}
	}
	if err := r.run.Snapshot(ctx, r.store, end); err != nil {
		return err
	}
	if end.Minute()%5 == 0 {
		return r.tidy(ctx, end)
	}
	return nil
}

// submit sends the submissions as a server key would: with the addresses of
// their senders, and believed the countries they name.
func (r *replay) submit(submissions []scenario.Submission) error {
	if len(submissions) == 0 {
		return nil
	}
	r.items = r.items[:0]
	for i := range submissions {
		r.items = append(r.items, ingest.Item{
			Submission: submissions[i].Submission,
			Sender:     ingest.Sender{Addr: submissions[i].Addr, Trusted: true, Exempt: true},
		})
	}
	for i, result := range r.ingester.SubmitAll(r.items) {
		if result.Err != nil {
			return fmt.Errorf("count a report of %s: %w", submissions[i].Service, result.Err)
		}
		r.run.Count(&submissions[i], result.Status)
	}
	return nil
}

// virtualClock is the time of a replay.
type virtualClock struct{ nanos atomic.Int64 }

func (c *virtualClock) set(t time.Time) { c.nanos.Store(t.UnixNano()) }
func (c *virtualClock) now() time.Time  { return time.Unix(0, c.nanos.Load()).UTC() }

// Progress draws how far a replay is, on one line of a terminal. The nil
// Progress draws nothing.
type Progress struct {
	w     io.Writer
	drawn int // per cent; -1 before the first
}

// NewProgress returns a Progress that draws on w, which should be a terminal.
func NewProgress(w io.Writer) *Progress { return &Progress{w: w, drawn: -1} }

const barWidth = 40

func (p *Progress) at(done, all time.Duration) {
	if p == nil || all <= 0 {
		return
	}
	percent := int(100 * done / all)
	if percent == p.drawn {
		return
	}
	p.drawn = percent
	full := barWidth * percent / 100
	fmt.Fprintf(p.w, "\r[%-*s] %3d %%", barWidth, bar[:full], percent)
}

func (p *Progress) end() {
	if p != nil {
		fmt.Fprintf(p.w, "\r%*s\r", barWidth+8, "")
	}
}

const bar = "========================================"
