package detect

import (
	"math"
	"time"
)

// onset estimates when the counts rose: of all starts in the buckets that are
// remembered the one that is most likely under two Poisson rates, one before
// and one since (the maximum-likelihood change point). The rate before is the
// baseline's, moved by what was counted, so that a day which is a little busier
// throughout does not date an outage back.
func (s *State) estimateOnset(d Settings, b *Baseline) time.Time {
	var expected [depth]float64
	before, usual := 0.0, 0.0
	for i := range depth {
		if s.Masked>>i&1 == 0 {
			expected[i] = s.expected(d, b, i, i+1)
			before += float64(s.Discounted[i])
			usual += expected[i]
		}
	}
	best, at := math.Inf(-1), 0
	since, usualSince := 0.0, 0.0
	for i := range depth {
		x := float64(s.Discounted[i])
		since, before = since+x, before-x
		usualSince, usual = usualSince+expected[i], usual-expected[i]
		if x == 0 || since <= usualSince {
			continue
		}
		level := ratio(before, usual)
		likely := since*math.Log(since/usualSince) - since + before*math.Log(level) - level*usual
		if likely > best {
			best, at = likely, i
		}
	}
	return s.bucketStart(d, at)
}

// ratioWorth is what the baseline weighs, in reports, against a few counts.
const ratioWorth = 10

// ratio returns how many times the usual number the reports are, shrunk to 1.
func ratio(reports, usual float64) float64 {
	return (max(reports, 0) + ratioWorth) / (max(usual, 0) + ratioWorth)
}
