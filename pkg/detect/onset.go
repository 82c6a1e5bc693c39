package detect

import (
	"math"
	"time"
)

// estimateOnset returns when the counts rose: the maximum-likelihood change
// point between two Poisson rates, over all bucket starts that are remembered.
// The rate before it is the baseline times the ratio counted before it, so that
// a day that is slightly busier throughout does not date an outage back.
func (s *State) estimateOnset(cfg Settings, b *Baseline) time.Time {
	var expected [depth]float64
	before, expectedBefore := 0.0, 0.0
	// Of the time before its first bucket a cell knows nothing, not even that there
	// were no reports.
	known := min(depth, int(s.At.Sub(s.First)/cfg.Width))
	for i := range known {
		if s.Masked>>i&1 == 0 {
			expected[i] = s.expected(cfg, b, i, i+1)
			before += float64(s.Discounted[i])
			expectedBefore += expected[i]
		}
	}
	best, at := math.Inf(-1), 0
	since, expectedSince := 0.0, 0.0
	for i := range known {
		x := float64(s.Discounted[i])
		since, before = since+x, before-x
		expectedSince, expectedBefore = expectedSince+expected[i], expectedBefore-expected[i]
		if x == 0 || since <= expectedSince {
			continue
		}
		level := ratio(before, expectedBefore)
		likelihood := since*math.Log(since/expectedSince) - since + before*math.Log(level) - level*expectedBefore
		if likelihood > best {
			best, at = likelihood, i
		}
	}
	return s.bucketStart(cfg, at)
}

// ratioWorth is the number of reports that the prior ratio of 1 is worth. Few
// reports barely move the ratio.
const ratioWorth = 10

// ratio returns the ratio of counted to expected reports, shrunk to 1.
func ratio(reports, expected float64) float64 {
	return (max(reports, 0) + ratioWorth) / (max(expected, 0) + ratioWorth)
}
