package detect

import (
	"math"
	"time"
)

// onset estimates when the counts rose: of all starts in the buckets that are
// remembered the one that the Poisson likelihood ratio of "risen since then"
// against "usual" favours (the maximum-likelihood change point).
func (s *State) onset(d Dials, b *Baseline) time.Time {
	best, at := math.Inf(-1), 0
	reports, expected := 0.0, 0.0
	for i := range depth {
		if s.Blank>>i&1 == 1 {
			continue
		}
		reports += float64(s.Weights[i])
		expected += s.usual(d, b, i, i+1)
		if s.Weights[i] == 0 || reports <= expected {
			continue
		}
		if ratio := reports*math.Log(reports/expected) - reports + expected; ratio > best {
			best, at = ratio, i
		}
	}
	return s.start(d, at)
}
