package detect

import (
	"math"
	"time"
)

// silence moves the bank over n buckets of this mean in which nobody reported
// anything, in one step: each forgets its part and takes (k-1)-fold of the
// mean, or what clumping leaves of that. Without the wander, which is common to
// all of them, what a silent bucket takes is in proportion to its mean, so that
// it makes no difference how a silence is divided. The forecast with the wander
// would take less; E[exp l] stays at most 1.
func (b *Bank) stepSilent(mean, clumping, keep float64, n int) {
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
		a.Sum = a.Sum*kept - silentDecrement(multiples[i], mean, clumping)*sum
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

// quiet returns the nats that a silent bucket of this mean takes from the arm
// of a multiple: r ln((r+km)/(r+m)) with the size r = m/(clumping-1), which is
// m(k-1) for Poisson counts.
func silentDecrement(k, mean, clumping float64) float64 {
	if clumping <= 1 {
		return mean * (k - 1)
	}
	over := clumping - 1
	return mean / over * math.Log1p((k-1)*over/clumping)
}

// hourly calls over with the parts of n buckets from start that lie in one hour
// of the clock each.
func splitByHour(start time.Time, width time.Duration, n int, over func(start time.Time, n int)) {
	for n > 0 {
		left := start.Truncate(time.Hour).Add(time.Hour).Sub(start)
		part := min(n, int((left+width-1)/width))
		over(start, part)
		start = start.Add(time.Duration(part) * width)
		n -= part
	}
}
