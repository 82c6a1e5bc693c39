package scenario

import (
	"iter"
	"slices"
	"time"

	"github.com/outcry/outcry/pkg/window"
)

// Live is a scenario that is replayed in real time, slower or faster than it
// happened.
type Live struct {
	scenario *Scenario
	origin   time.Time
	speed    float64
}

// LiveAt places s in real time. The replay begins at origin, and each minute of
// s takes 1/speed minutes. Speed must be above 0.
func (s *Scenario) LiveAt(origin time.Time, speed float64) *Live {
	return &Live{scenario: s, origin: origin.UTC(), speed: speed}
}

// RealTime returns the real time at which the scenario's time t is replayed.
func (l *Live) RealTime(t time.Time) time.Time { return l.clock().real(t) }

// ScenarioTime returns the scenario's time that is replayed at real time t.
func (l *Live) ScenarioTime(t time.Time) time.Time {
	return l.scenario.Start.Add(time.Duration(float64(t.Sub(l.origin)) * l.speed))
}

// End returns the real time at which the replay ends.
func (l *Live) End() time.Time { return l.RealTime(l.scenario.End) }

// Stream yields what Scenario.Stream yields, with real times in the submissions.
// The minute is still the scenario's. Replays with another origin have other
// addresses and IDs, so that the second does not count as repeats of the first.
func (l *Live) Stream(seed int64) iter.Seq2[time.Time, []Submission] {
	return l.scenario.streamAt(seed^l.origin.UnixNano(), l.clock())
}

// History returns the scenario's history for the weeks before the quarter of an
// hour of the origin. Every hour has the same rate: the mean quiet rate of the scenario
// times speed. A replay passes through its hours too fast to have a rhythm.
func (l *Live) History(seed int64) ([]window.Rollup, []window.Span) {
	s := l.scenario
	return s.drawHistory(seed, l.origin.Truncate(quarter), func(f *flow) func(time.Time) float64 {
		perHour := s.meanQuietRate(f) * float64(hour/quarter) * l.speed
		return func(time.Time) float64 { return perHour }
	})
}

// meanQuietRate returns the mean of a flow's quiet rates, in reports per 15 minutes.
func (s *Scenario) meanQuietRate(f *flow) float64 {
	var sum, n float64
	for q := s.Start; q.Before(s.End); q = q.Add(quarter) {
		sum += f.quietRate(q)
		n++
	}
	return sum / n
}

// Before yields submissions from a time before the origin until the origin, at the
// rates of History.
func (l *Live) Before(seed int64, since time.Time) iter.Seq2[time.Time, []Submission] {
	quiet := *l.scenario
	quiet.Brigades, quiet.Services = nil, slices.Clone(quiet.Services)
	for i := range quiet.Services {
		sv := &quiet.Services[i]
		rates := slices.Clone(sv.Quiet)
		for k := range rates {
			rates[k].PerQuarter = l.scenario.meanQuietRate(newFlow(source(seed, "before"), l.scenario, &l.scenario.Services[i], rates[k].Country))
		}
		sv.Quiet, sv.Rhythm, sv.Surges = rates, Flat, nil
	}
	quiet.End = quiet.Start.Add(time.Duration(float64(l.origin.Sub(since)) * l.speed))
	return quiet.LiveAt(since, l.speed).Stream(seed)
}

func (l *Live) clock() clock {
	return clock{start: l.scenario.Start, origin: l.origin, speed: l.speed}
}

// Onset returns the earliest onset of a story service, or the zero time when
// the scenario has no story.
func (s *Scenario) Onset() time.Time {
	var first time.Time
	for i := range s.Services {
		if at := s.Services[i].Onset; !at.IsZero() && (first.IsZero() || at.Before(first)) {
			first = at
		}
	}
	return first
}

// WithLead returns s with at most lead of the time before its onset, for people
// who watch it live. A scenario without a story is returned unchanged.
func (s *Scenario) WithLead(lead time.Duration) *Scenario {
	start := s.Onset().Add(-lead)
	if s.Onset().IsZero() || !start.After(s.Start) {
		return s
	}
	shorter := *s
	shorter.Start = window.Start(start)
	return &shorter
}
