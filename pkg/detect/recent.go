package detect

import (
	"math"
	"time"
)

// learnRecent compares the last hours with their means. A span out of its range
// counts as a quarter above it, so that an outage does not become usual within
// hours.
func (f *fit) learnRecent() {
	r := newRecency()
	for i := range f.spans {
		s := &f.spans[i]
		x := s.winsorised
		if s.winsorised < s.reports {
			x = min(x, 1.25*s.mean)
		}
		r.add(s.age, s.width, x, s.mean)
	}
	f.b.Recent = r.factor()
}

// Renewed returns b with what the last hours before end showed, of which history
// holds at least two days. It is what Learn would say but for the level, season
// and variance, which move slowly.
func (b *Baseline) WithRecent(history []Count, end time.Time) *Baseline {
	next := *b
	next.End, next.Recent = end, 1
	r := newRecency()
	for _, c := range history {
		if c.Known <= 0 || c.Start.Add(c.Width).After(end) {
			continue
		}
		mean := next.Level * next.Season.mean(c.Start, c.Width) * c.Known * c.Width.Minutes()
		upper := mean + 3*math.Sqrt(mean+mean*mean/next.size(max(mean, 1e-9))) + 1
		x := c.N
		if x > upper && next.Exposure >= 24*time.Hour {
			x = min(upper, 1.25*mean)
		}
		r.add(end.Sub(c.Start.Add(c.Width)), c.Width, x, mean)
	}
	next.Recent = r.factor()
	return &next
}

// recency compares the last hours with their means.
type recency struct{ reports, expected float64 }

func newRecency() recency { return recency{recentWorth, recentWorth} }

// add takes a span of this age; days and what is older than two of them tell
// nothing of the last hours.
func (r *recency) add(age, width time.Duration, reports, mean float64) {
	if age >= 48*time.Hour || width > time.Hour {
		return
	}
	w := math.Exp2(-age.Hours() / recentHalfLife.Hours())
	r.reports += w * reports
	r.expected += w * mean
}

func (r *recency) factor() float64 { return min(max(r.reports/r.expected, 0.5), 3) }
