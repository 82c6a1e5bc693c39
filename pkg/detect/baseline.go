package detect

import (
	"math"
	"time"
)

// hours is the length of a week in hours, the grain of the season.
const hours = 168

// recentHalfLife is how long what the last hours showed is believed.
const recentHalfLife = 5 * time.Hour

// Baseline is what a cell usually counts: a level, times a season by the hour
// of the week, times what the last hours showed. Learn makes it; it is not
// changed afterwards and may be shared.
type Baseline struct {
	End      time.Time     `json:"end"`    // learned from what came before
	Exposure time.Duration `json:"known"`  // how much counted time it rests on
	Level    float64       `json:"level"`  // reports per minute, mean of a week
	Season   *Season       `json:"season"` // may be the parent's
	Recent   float64       `json:"recent"` // factor at End; fades to 1

	// The variance of a count with mean m is Clumping·m + Wander·m², to which the
	// uncertainty of the mean itself adds Doubt·m².
	Dispersion   float64 `json:"clumping"`
	RateVariance float64 `json:"wander"`
	Uncertainty  float64 `json:"doubt"`

	// Backed is Known, or that of the parent or its parents when they know more.
	LongestExposure time.Duration `json:"backed"`
}

// Mean returns the usual rate at a time, in reports per minute.
func (b *Baseline) Mean(at time.Time) float64 {
	return b.rate(at, b.offset(at))
}

// Sum returns the reports that are usual in [from, to).
func (b *Baseline) Expected(from, to time.Time) float64 {
	sum := 0.0
	for from.Before(to) {
		// Between two centres of hours the rate is a straight line.
		off := b.offset(from)
		left := centre - weekSecond(from, off)%3600
		if left <= 0 {
			left += 3600
		}
		next := from.Truncate(time.Second).Add(time.Duration(left) * time.Second)
		if next.After(to) {
			next = to
		}
		sum += (b.rate(from, off) + b.rate(next, off)) / 2 * next.Sub(from).Minutes()
		from = next
	}
	return sum
}

// margin is how much of the wander's standard deviation is added to the mean
// before counts are compared with it: an hour that is a little busy is busy in
// all its minutes, which the forecast of a single one does not know. It was
// chosen on the tuning seeds of the scorecard.
const margin = 0.5

// Most returns the reports in [from, to) that counts are compared with: what is
// usual there or an hour to either side, whichever is most, so that neither a
// change of the clocks nor a steep morning is an outage, and a margin for the
// wander.
func (b *Baseline) NullMean(from, to time.Time) float64 {
	around := max(b.Expected(from, to), b.Expected(from.Add(-time.Hour), to.Add(-time.Hour)), b.Expected(from.Add(time.Hour), to.Add(time.Hour)))
	return around * (1 + margin*math.Sqrt(b.RateVariance))
}

// silent is Most of a bucket as a silent one is taken: at the rate of the middle
// of its hour, the same for all buckets in it.
func (b *Baseline) silentMean(start time.Time, width time.Duration) float64 {
	at := start.Truncate(time.Hour).Add(30 * time.Minute)
	around := max(b.Mean(at), b.Mean(at.Add(-time.Hour)), b.Mean(at.Add(time.Hour)))
	return around * width.Minutes() * (1 + margin*math.Sqrt(b.RateVariance))
}

// Upper returns the upper edge of the usual range of a count with this
// expectation: 99 of 100 usual counts are not above it.
func (b *Baseline) Upper(expected float64) float64 {
	return quantile(expected, b.size(expected))
}

// History returns how much counted time b rests on.
func (b *Baseline) History() time.Duration { return b.Exposure }

// Scaled returns b for a part of its cell that usually holds this share of its
// reports, as a parent for that part.
func (b *Baseline) Scaled(share float64) *Baseline {
	part := *b
	part.Level *= share
	return &part
}

// size returns the size of the negative binomial forecast of a count with this
// mean. Little data makes it small and the detector cautious.
func (b *Baseline) size(mean float64) float64 {
	return mean / (b.Dispersion - 1 + (b.RateVariance+b.Uncertainty)*mean)
}

// centre is where the mean of an hour holds, in seconds from its start.
const centre = 1800

// rate is Mean at a known offset from UTC in seconds.
func (b *Baseline) rate(at time.Time, offset int) float64 {
	r := b.Level * b.Season.factor(at, offset)
	if b.Recent != 1 {
		age := at.Sub(b.End).Abs()
		r *= 1 + (b.Recent-1)*math.Exp2(-age.Hours()/recentHalfLife.Hours())
	}
	return r
}

// offset returns how far the local time of the season is ahead of UTC, in
// seconds.
func (b *Baseline) offset(at time.Time) int { return b.Season.offset(at) }
