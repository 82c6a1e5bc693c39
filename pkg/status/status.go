// Package status answers readers' questions: the level of a service, the split
// of its reports by symptom and by country, and their series over time. It
// reads buckets, rollups, baselines and live incidents, and caches answers for
// one to five seconds. The JSON API and the pages render the same answers.
//
// Status counts nothing and judges nothing: ingest and the monitor do. Times
// are UTC, counts are reports, shares are fractions in [0, 1].
package status

import (
	"context"
	"time"

	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/window"
)

// Status is the present state of a service.
type Status struct {
	Service    string
	Level      detect.Level
	State      incident.State // empty without an incident
	Since      time.Time      // when it took Level; zero if it was never anything but ok
	AsOf       time.Time      // everything before this time is counted; a whole second
	ReadAt     time.Time      // when the counts were read; they may include reports up to then
	Window     time.Duration
	Observed   int64   // reports in Window
	Expected   float64 // reports that the baseline expects in Window
	Networks   int
	Confidence float64
	Reason     detect.Reason
	Countries  []Country // most reports first
	Incident   string    // ID of the live incident
	EchoOf     string    // slug of the service whose outage may explain this one; empty for its own trouble
	LastKnown  time.Time // with level unknown: the last minute that could be counted
}

// Status returns the status of a service. When it cannot be read, the last
// status that could be read is returned; its level becomes unknown once it is
// older than Options.StaleAfter.
func (b *Board) Status(ctx context.Context, slug string) (Status, error) {
	if _, err := b.service(slug); err != nil {
		return Status{}, err
	}
	now := b.now()
	s, err := b.statusCache.Get(ctx, slug, now, func(ctx context.Context) (Status, error) { return b.readStatus(ctx, slug, now) })
	if err != nil {
		return Status{}, err
	}
	if now.Sub(s.AsOf) > b.StaleAfter { // s is the last good status
		s.makeUnknown(later(s.AsOf, b.Judge.Judged()))
	}
	return s, nil
}

// Statuses returns the status of every service, in catalog order.
func (b *Board) Statuses(ctx context.Context) ([]Status, error) {
	services := b.Catalog.Services()
	all := make([]Status, 0, len(services))
	for _, service := range services {
		s, err := b.Status(ctx, service.Slug)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

func (b *Board) readStatus(ctx context.Context, slug string, now time.Time) (Status, error) {
	readAt := b.Now().UTC()
	countries, counted, err := b.countByCountry(ctx, windowKey{service: slug, window: window.Default}, now)
	if err != nil {
		return Status{}, err
	}
	baseline, err := b.Baselines.Of(ctx, slug, window.Cell{}, now)
	if err != nil {
		return Status{}, err
	}
	live := b.Judge.Live(slug)
	s := Status{
		Service: slug, Level: detect.OK, AsOf: now, ReadAt: readAt, Window: window.Default,
		Observed: countries.Total, Expected: counted.expected(baseline),
		Networks: live.Verdict.Networks, Confidence: live.Verdict.Confidence, Reason: live.Verdict.Reason,
		Countries: countries.Countries, LastKnown: live.LastKnown,
	}
	if s.Reason.Code == "" {
		s.Reason.Code = detect.ReasonUsual
	}
	if w := live.Verdict.Window; w > 0 { // Below is for the verdict's window; readers see the default one
		s.Reason.Below *= float64(s.Window) / float64(w)
	}
	if inc := live.Incident; inc != nil {
		s.Level, s.State, s.Incident, s.Since = inc.Level, inc.State, inc.ID, levelSince(inc)
		if inc.State != incident.Resolved {
			s.EchoOf = inc.EchoOf
		}
	}
	judged := b.Judge.Judged()
	if !live.At.IsZero() { // this service may have been judged last before the others
		judged = earlier(judged, live.At)
	}
	if now.Sub(judged) > b.StaleAfter {
		s.makeUnknown(judged)
	}
	return s, nil
}

// makeUnknown sets the level of s to unknown since the time at.
func (s *Status) makeUnknown(at time.Time) {
	s.Level, s.LastKnown, s.Since, s.EchoOf = detect.Unknown, at, at, ""
	s.Reason = detect.Reason{Code: detect.ReasonNotCounted}
}

// levelSince returns when inc took its present level.
func levelSince(inc *incident.Incident) time.Time {
	switch {
	case inc.State == incident.Resolved:
		return inc.Resolved
	case !inc.Declared.IsZero():
		return inc.Declared
	default:
		return inc.Suspected
	}
}
