package detect

import (
	"math"
	"time"
)

// shown is the window that verdicts are told in.
const displayWindow = 15 * time.Minute

// recent returns the reports of the shown window, of whose newest bucket
// exposure has passed, as counted and as usual.
func (s *State) displayCounts(d Settings, b *Baseline, exposure float64) (window time.Duration, observed, expected float64) {
	n := max(d.buckets(displayWindow), 1)
	for _, x := range s.Reports[:n] {
		observed += float64(x)
	}
	expected = s.expected(d, b, 0, n)
	if exposure < 1 && s.Masked&1 == 0 {
		expected -= (1 - exposure) * s.expected(d, b, 0, 1)
	}
	return time.Duration(n) * d.Width, observed, expected
}

// weight returns the evidence in the n newest buckets.
func (s *State) discountedSum(n int) float64 {
	sum := 0.0
	for _, x := range s.Discounted[:n] {
		sum += float64(x)
	}
	return sum
}

// excited tells whether the bank holds any evidence.
func (b *Bank) hasEvidence() bool {
	return b.Arms[0].Sum > 0 || b.Arms[1].Sum > 0 || b.Arms[2].Sum > 0 || b.Arms[3].Sum > 0
}

// score returns the evidence of the bank in nats. An arm of a higher multiple
// starts an excursion at each lone report more often, by as much as its multiple
// is higher, and so has to say more (see Threshold).
func (b *Bank) score() float64 {
	best := 0.0
	for i := range b.Arms {
		best = max(best, b.Arms[i].Sum/max(b.Tail, 1)-(logMultiples[i]-logMultiples[0]))
	}
	return best
}

// supported returns the evidence of the bank with what another signal adds to
// it. Without reports it adds nothing.
func (b *Bank) scoreWithSupport(support float64) float64 {
	score := b.score()
	if score <= 0 {
		return 0
	}
	return score + min(max(support, 0), MaxSupport)
}

// days returns how many midnights lie between two times.
func midnightsBetween(from, to time.Time) int {
	return int(floorDiv(to.Unix(), 86400) - floorDiv(from.Unix(), 86400))
}

// fadeBy forgets so many days' worth of the calibration.
func (b *Bank) fadeBy(days int) {
	if days <= 0 || b.Peaks == 0 {
		return
	}
	by := math.Pow(tailFading, float64(days))
	b.Peaks *= by
	b.Excess *= by
	b.calibrate()
}
