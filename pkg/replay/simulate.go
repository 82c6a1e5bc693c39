package replay

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/outcry/outcry/pkg/app"
	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/config"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/ingest"
	"github.com/outcry/outcry/pkg/monitor"
	"github.com/outcry/outcry/pkg/scenario"
)

// longReplay is the length above which a replay ticks once a minute instead of
// every ten seconds. Such a scenario asks whether anything is declared at all.
const longReplay = 48 * time.Hour

// Simulate replays a scenario on a virtual clock, through the same ingest,
// store, detector and incidents as the server, in a temporary folder that is
// removed afterwards.
func Simulate(ctx context.Context, s *scenario.Scenario, seed int64, progress *Progress, log *slog.Logger) (_ *scenario.Result, err error) {
	dir, err := os.MkdirTemp("", "outcry-simulate-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for the replay: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()

	cfg := config.Default()
	cfg.Data = dir
	clock := newVirtualClock(s.Start)
	p, err := app.Open(ctx, cfg, log, app.Options{Now: clock.now, Replay: true})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	if err := s.Check(p.Catalog); err != nil {
		return nil, err
	}
	rollups, spans := s.History(seed)
	if err := p.Archive.SaveRollups(ctx, rollups, spans); err != nil {
		return nil, fmt.Errorf("write the weeks before the replay: %w", err)
	}

	work := app.NewGroup(context.WithoutCancel(ctx))
	ingesting := work.Run("ingest", p.Ingester.Run)
	defer func() {
		ingesting.Stop()
		err = errors.Join(err, work.Err())
	}()
	r := &simulation{Parts: p, clock: clock, run: s.Begin(seed), tick: monitor.Interval}
	if s.End.Sub(s.Start) > longReplay {
		r.tick = time.Minute
	}
	for minute, submissions := range s.Stream(seed) {
		if err := r.minute(ctx, minute, submissions); err != nil {
			return nil, fmt.Errorf("replay %s at %s: %w", s.Name, minute.Format(time.DateTime), err)
		}
		progress.draw(minute.Sub(s.Start), s.End.Sub(s.Start))
	}
	progress.clear()
	incidents, timeline, err := everyIncident(ctx, p.Archive)
	if err != nil {
		return nil, err
	}
	return r.run.Result(ctx, p.Store, incidents, timeline)
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

// simulation drives the parts of a server through the minutes of a scenario.
type simulation struct {
	*app.Parts
	clock *virtualClock
	run   *scenario.Run
	tick  time.Duration
	items []ingest.Item // reused by submit
}

// minute submits the submissions of a minute tick by tick, and lets the monitor
// judge at each tick.
func (s *simulation) minute(ctx context.Context, minute time.Time, submissions []scenario.Submission) error {
	end := minute.Add(time.Minute)
	for at := minute.Add(s.tick); !at.After(end); at = at.Add(s.tick) {
		n := 0
		for n < len(submissions) && submissions[n].At.Before(at) {
			n++
		}
		// Everything due before the tick arrives one millisecond before it.
		s.clock.set(at.Add(-time.Millisecond))
		if err := s.submit(submissions[:n]); err != nil {
			return err
		}
		submissions = submissions[n:]
		s.clock.set(at)
		if err := s.Monitor.Tick(ctx, at); err != nil {
			return err
		}
	}
	if err := s.run.Snapshot(ctx, s.Store, end); err != nil {
		return err
	}
	if end.Minute()%5 == 0 {
		return s.Tidy(ctx, end)
	}
	return nil
}

// submit sends submissions as the holder of a server key would: with the
// addresses of their senders and a country that is believed.
func (s *simulation) submit(submissions []scenario.Submission) error {
	if len(submissions) == 0 {
		return nil
	}
	s.items = s.items[:0]
	for i := range submissions {
		s.items = append(s.items, itemOf(&submissions[i]))
	}
	for i, result := range s.Ingester.SubmitAll(s.items) {
		if result.Err != nil {
			return fmt.Errorf("count a report of %s: %w", submissions[i].Service, result.Err)
		}
		s.run.Count(&submissions[i], result.Status)
	}
	return nil
}

// itemOf returns a submission as it comes from the holder of a server key.
func itemOf(s *scenario.Submission) ingest.Item {
	return ingest.Item{Submission: s.Submission, Sender: ingest.Sender{Addr: s.Addr, Trusted: true, Exempt: true}}
}
