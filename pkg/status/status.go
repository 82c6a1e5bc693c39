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

// Status is the snapshot of a service at one second. Whatever shows a service
// words or draws a Status: pages, the API, events, embeds, cards, badges, quotes.
// So no two of them disagree. It is immutable; readers share it.
type Status struct {
	Service string
	Level   detect.Level
	State   incident.State // empty without an incident
	Since   time.Time      // when it took Level; zero if it was never anything but ok
	AsOf    time.Time      // everything before this time is counted; a whole second
	ReadAt  time.Time      // when the counts were read; they may include reports up to then

	// The window begins at From and ends at AsOf.
	From     time.Time
	Window   time.Duration
	Minutes  int     // how many minutes of the window could be counted, the running one included
	Observed int64   // reports in the window
	Aside    int64   // of those, set aside because one holder of addresses sent too many
	Expected float64 // reports that the baseline expects in the window, whether it could be counted or not
	Upper    float64 // the upper edge of the usual range of the window
	IsNew    bool    // too little was counted before for anything to be more than usual
	Above    bool    // Observed, without Aside, is above the usual range of the time that could be counted

	Networks   int
	Confidence float64
	Reason     detect.Reason // agrees with Level and Above; Below only while Observed is not below it
	Ebbing     bool          // in trouble for all of the window, but with few enough reports for the end, if they stay so
	Countries  []Country     // most reports first
	Live       *incident.Incident
	Incident   string         // ID of the live incident
	Onset      time.Time      // of the live incident; zero without one
	EchoOf     string         // slug of the service whose outage may explain this one; empty for its own trouble
	EchoShare  float64        // reports that come with each excess report of EchoOf
	EchoFit    float64        // how well the rise follows that of EchoOf, in [0, 1]
	LastKnown  time.Time      // with level unknown: the last minute that could be counted
	Muted      *incident.Mute // nil unless the operators let nothing be judged

	Excluded []window.Exclusion // what operators took out of the counts of the last 24 hours

	Symptoms []string              // of the service
	Cells    map[window.Cell]int64 // Observed by country and symptom
}

// excludedFor is for how long readers are told what was taken out of the counts.
const excludedFor = 24 * time.Hour

// Breakdown returns the split of the window by symptom. A country other than ""
// narrows it to that country.
func (s Status) Breakdown(country string) Breakdown {
	b := splitBySymptom(s.Cells, s.Symptoms, country)
	b.AsOf, b.Window = s.AsOf, s.Window
	return b
}

// Heatmap returns the split of the window by country.
func (s Status) Heatmap() Countries {
	return Countries{AsOf: s.AsOf, Window: s.Window, Minutes: s.Minutes, Total: s.Observed, Countries: s.Countries}
}

// IsPartial reports whether a part of the window could not be counted.
func (s Status) IsPartial() bool { return s.Minutes < int(s.Window/window.Width) }

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
	service, err := b.service(slug)
	if err != nil {
		return Status{}, err
	}
	readAt := b.Now().UTC()
	r, err := b.read(ctx, slug, window.Default, now)
	if err != nil {
		return Status{}, err
	}
	countries, err := b.splitByCountry(ctx, slug, r, "")
	if err != nil {
		return Status{}, err
	}
	baseline, err := b.Baselines.Of(ctx, slug, window.Cell{}, now)
	if err != nil {
		return Status{}, err
	}
	live := b.Judge.Live(slug)
	s := Status{
		Service: slug, Level: detect.OK, AsOf: now, ReadAt: readAt, From: r.from, Window: r.window, Minutes: r.minutes,
		Observed: r.total, Aside: r.aside(), Expected: r.expected(baseline), Above: r.isAbove(r.total-r.aside(), baseline),
		Networks: live.Verdict.Networks, Confidence: live.Verdict.Confidence,
		Countries: countries.Countries, LastKnown: live.LastKnown, Symptoms: service.Symptoms, Cells: r.cells,
	}
	s.Upper = baseline.Upper(s.Expected)
	if inc := live.Incident; inc != nil {
		s.Level, s.State, s.Live, s.Incident, s.Since = inc.Level, inc.State, inc, inc.ID, levelSince(inc)
		if inc.State != incident.Resolved {
			s.EchoOf, s.EchoShare, s.EchoFit, s.Onset = inc.EchoOf, inc.EchoShare, inc.EchoFit, inc.Onset
		}
	}
	if live.Muted != nil && now.Before(live.Muted.Until) {
		s.Muted = live.Muted
	}
	if b.Exclusions != nil {
		s.Excluded = b.Exclusions.Of(slug, now.Add(-excludedFor))
	}
	s.IsNew = baseline.LongestExposure < detect.Defaults().ColdStart
	s.explain(live.Verdict)
	judged := b.Judge.Judged()
	if !live.At.IsZero() { // this service may have been judged last before the others
		judged = earlier(judged, live.At)
	}
	if now.Sub(judged) > b.StaleAfter {
		s.makeUnknown(judged)
	}
	return s, nil
}

// WithReport returns s with a report that was counted after it was read. The
// splits are without it.
func (s Status) WithReport() Status {
	s.Observed++
	if !s.Above && float64(s.Observed) > s.Upper && s.Level == detect.OK {
		s.Above = true
		if s.Reason.Code == detect.ReasonUsual {
			s.Reason.Code = s.reasonAbove()
		}
	}
	return s
}

// AsUnknown returns s with its level unknown since its as-of time. It is for
// readers who show the last status that they could read.
func (s Status) AsUnknown() Status {
	s.State = ""
	s.makeUnknown(s.AsOf)
	return s
}

// makeUnknown sets the level of s to unknown since the time at.
func (s *Status) makeUnknown(at time.Time) {
	s.Level, s.LastKnown, s.Since, s.Onset = detect.Unknown, at, at, time.Time{}
	s.EchoOf, s.EchoShare, s.EchoFit = "", 0, 0
	s.Reason, s.Confidence, s.Ebbing = detect.Reason{Code: detect.ReasonNotCounted}, 0, false
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
