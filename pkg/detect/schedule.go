package detect

import "time"

const (
	// firstDay is the exposure up to which nothing is known of the rhythm of a
	// day. Until then a baseline is learned anew at every bucket, and the last
	// hours weigh most.
	firstDay = 24 * time.Hour
	// relearnAlways is the exposure up to which a baseline is learned anew every
	// hour.
	relearnAlways = 48 * time.Hour
	// relearnAfter is how long a baseline is used before it is learned anew. In
	// between, its recent factor is refitted every hour.
	relearnAfter = 24 * time.Hour
	// shiftedRecent is the recent factor, or its inverse, from which a baseline is
	// learned anew at once: the level may have changed for good.
	shiftedRecent = 1.3
)

// Schedule keeps the baseline of one series up to date. The zero Schedule has
// none yet.
type Schedule struct {
	learned   *Baseline // by Learn
	current   *Baseline // learned, with the recent factor as of currentAt
	learnedAt time.Time
	currentAt time.Time
}

// baseline returns the baseline as of at, which is learned from history. The last
// Count of the history may be running.
func (s *Schedule) baseline(at time.Time, history []Count) *Baseline {
	if s.learned == nil || s.learned.Exposure < firstDay {
		s.learn(at, withRunning(history, at))
		return s.current
	}
	width := time.Hour
	if n := len(history); n > 0 {
		width = history[n-1].Width
	}
	as := at.Truncate(width)
	if as.Equal(s.currentAt) {
		return s.current
	}
	if s.learned.Exposure < relearnAlways || !as.Before(s.learnedAt.Add(relearnAfter)) {
		s.learn(as, history)
		return s.current
	}
	recent := history[max(0, len(history)-int(recentMemory/width)-1):]
	s.current, s.currentAt = s.learned.WithRecent(recent, as), as
	if f := s.current.Recent; f >= shiftedRecent || f <= 1/shiftedRecent {
		s.current = Learn(history, as, nil)
	}
	return s.current
}

func (s *Schedule) learn(at time.Time, history []Count) {
	s.learned = Learn(history, at, nil)
	s.current, s.learnedAt, s.currentAt = s.learned, at, at
}

// withRunning returns history with its last Count cut off at a time.
func withRunning(history []Count, at time.Time) []Count {
	n := len(history)
	if n == 0 || !history[n-1].Start.Add(history[n-1].Width).After(at) {
		return history
	}
	cut := append([]Count(nil), history...)
	c := &cut[n-1]
	passed := at.Sub(c.Start)
	if passed <= 0 {
		return cut[:n-1]
	}
	c.Known = min(1, c.Known*float64(c.Width)/float64(passed))
	c.Width = passed
	return cut
}
