package detect

import (
	"math"
	"time"
)

// recentMemory is the age from which an hour says nothing about the recent factor.
const recentMemory = 48 * time.Hour

// maxRecentExcess limits a span that is out of its range to this multiple of its
// mean. An outage then does not become a part of the baseline within hours, and a
// lasting rise still does in days.
const maxRecentExcess = 1.25

// learnRecent learns the recent factor from the last hours.
func (f *fit) learnRecent() {
	if f.isFirstDay() {
		return // the level is that of the last hours
	}
	ratio := newRecency()
	for i := range f.spans {
		s := &f.spans[i]
		x := s.winsorised
		if s.winsorised < s.reports {
			x = min(x, maxRecentExcess*s.mean)
		}
		ratio.add(s.age, s.width, x, s.mean)
	}
	f.b.Recent = ratio.factor()
}

// WithRecent returns b with its recent factor refitted to the hours before end.
// history holds at least the last two days. The level, season and variance stay
// as they are: they change slowly, and refitting them takes Learn.
func (b *Baseline) WithRecent(history []Count, end time.Time) *Baseline {
	next := *b
	next.End, next.Recent = end, 1
	ratio := newRecency()
	for _, c := range history {
		if c.Known <= 0 || c.Start.Add(c.Width).After(end) {
			continue
		}
		mean := next.Level * next.Season.mean(c.Start, c.Width) * c.Known * c.Width.Minutes()
		upper := mean + 3*math.Sqrt(mean+mean*mean/next.size(max(mean, 1e-9))) + 1
		x := c.N
		if x > upper && next.Exposure >= 24*time.Hour {
			x = min(upper, maxRecentExcess*mean)
		}
		ratio.add(end.Sub(c.Start.Add(c.Width)), c.Width, x, mean)
	}
	next.Recent = ratio.factor()
	return &next
}

// recency is the ratio of counted to expected reports, weighted by age.
type recency struct{ reports, expected float64 }

func newRecency() recency { return recency{recentWorth, recentWorth} }

// add adds a span of this age. A span of more than an hour, or one older than two
// days, says nothing about the last hours and is ignored.
func (r *recency) add(age, width time.Duration, reports, mean float64) {
	if age >= recentMemory || width > time.Hour {
		return
	}
	w := math.Exp2(-age.Hours() / recentHalfLife.Hours())
	r.reports += w * reports
	r.expected += w * mean
}

// factor returns the recent factor, limited to [0.5, 3].
func (r *recency) factor() float64 { return min(max(r.reports/r.expected, 0.5), 3) }
