package scenario

import (
	"iter"
	"time"

	"github.com/outcry/outcry/pkg/window"
)

// Live is a scenario that is replayed now, some times faster than it happened.
type Live struct {
	scenario *Scenario
	origin   time.Time
	speed    float64
}

// LiveAt places s in real time: it begins at origin, and each of its minutes
// takes 1/speed minutes. Speed is above 0.
func (s *Scenario) LiveAt(origin time.Time, speed float64) *Live {
	return &Live{scenario: s, origin: origin.UTC(), speed: speed}
}

// Real returns when the scenario's time t is replayed.
func (l *Live) Real(t time.Time) time.Time { return l.clock().at(t) }

// Scenario returns the scenario's time at real time t.
func (l *Live) Scenario(t time.Time) time.Time {
	return l.scenario.Start.Add(time.Duration(float64(t.Sub(l.origin)) * l.speed))
}

// End returns when the replay is over.
func (l *Live) End() time.Time { return l.Real(l.scenario.End) }

// Stream is the scenario's Stream with the real times of the submissions; the
// minute it yields is still the scenario's. Two replays differ in addresses
// and IDs, so that the second does not count as repeats of the first.
func (l *Live) Stream(seed int64) iter.Seq2[time.Time, []Submission] {
	return l.scenario.stream(seed^l.origin.UnixNano(), l.clock())
}

// History returns the scenario's history for the weeks before the hour of the
// beginning, at the rates that the replay has: those of its quiet hours times
// speed, at all hours alike, for a replay passes through its hours too fast to
// have a rhythm.
func (l *Live) History(seed int64) ([]window.Rollup, []window.Span) {
	s := l.scenario
	return s.history(seed, l.origin.Truncate(hour), func(f *flow) func(time.Time) float64 {
		var sum, n float64
		for q := s.Start; q.Before(s.End); q = q.Add(quarter) {
			sum += f.usual(q)
			n++
		}
		perHour := sum / n * float64(hour/quarter) * l.speed
		return func(time.Time) float64 { return perHour }
	})
}

func (l *Live) clock() clock {
	return clock{start: l.scenario.Start, origin: l.origin, speed: l.speed}
}

// Onset returns when the first story service failed; zero without a story.
func (s *Scenario) Onset() time.Time {
	var first time.Time
	for i := range s.Services {
		if at := s.Services[i].Onset; !at.IsZero() && (first.IsZero() || at.Before(first)) {
			first = at
		}
	}
	return first
}

// WithLead returns s with at most so much of the time before its onset, for who
// watches it live. Without a story it is s.
func (s *Scenario) WithLead(lead time.Duration) *Scenario {
	start := s.Onset().Add(-lead)
	if s.Onset().IsZero() || !start.After(s.Start) {
		return s
	}
	shorter := *s
	shorter.Start = window.Start(start)
	return &shorter
}
