package detect

import (
	"math"
	"time"
)

// stepSilent moves b over n buckets of this mean in which nobody reported
// anything, in one step. keep is the share of the evidence that a bucket keeps.
//
// The decrement of a silent bucket is in proportion to its mean, so the result
// does not depend on how a silence is divided. For that, the forecast leaves out
// the variance of the rate, which all buckets share. The full forecast would take
// less away, so E[exp l] stays at most 1.
func (b *Bank) stepSilent(mean, dispersion, keep float64, n int) {
	kept, sum := math.Pow(keep, float64(n)), float64(n)
	if keep < 1 {
		sum = (1 - kept) / (1 - keep)
	}
	left := false
	for i := range b.Arms {
		a := &b.Arms[i]
		if a.Sum == 0 {
			continue
		}
		a.Sum = a.Sum*kept - silentDecrement(multiples[i], mean, dispersion)*sum
		if a.Sum <= 0 {
			*a = Arm{}
			continue
		}
		a.Expected += mean * float64(n)
		left = true
	}
	if !left {
		b.endExcursion()
	}
}

// silentDecrement returns the nats that a silent bucket of mean m takes from the
// arm of the multiple k. For Poisson counts that is m·(k-1).
func silentDecrement(k, mean, dispersion float64) float64 {
	if dispersion <= 1 {
		return mean * (k - 1)
	}
	return mean * (k - 1) * math.Log(dispersion) / (dispersion - 1)
}

// splitByHour calls over for each hour of the clock with those of the n buckets
// from start that begin in it.
func splitByHour(start time.Time, width time.Duration, n int, over func(start time.Time, n int)) {
	for n > 0 {
		left := start.Truncate(time.Hour).Add(time.Hour).Sub(start)
		part := min(n, int((left+width-1)/width))
		over(start, part)
		start = start.Add(time.Duration(part) * width)
		n -= part
	}
}
