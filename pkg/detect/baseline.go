package detect

import (
	"math"
	"time"
)

// hours is the number of hours in a week, one factor of the season each.
const hours = 168

// recentHalfLife is the half-life of the recent factor. A short one follows a
// busy day sooner and is moved more by chance.
const recentHalfLife = 5 * time.Hour

// Baseline is what a cell is expected to count: a level, times a season by the
// hour of the week, times a factor for the last hours. Learn returns one. It is
// not changed afterwards and may be shared.
type Baseline struct {
	End      time.Time     `json:"end"`    // learned from the history before it
	Exposure time.Duration `json:"known"`  // counted time in the history
	Level    float64       `json:"level"`  // mean over a week, in reports per minute
	Season   *Season       `json:"season"` // may be the parent's
	Recent   float64       `json:"recent"` // factor of the last hours at End; it decays to 1

	// Ceiling is the highest level of a week in the memory, as a multiple of Level;
	// at least 1. It raises the mean of the null hypothesis and no expectation.
	Ceiling float64 `json:"ceiling"`

	// The forecast of a count with mean m has the variance
	//
	//	Dispersion·m + (RateVariance + Uncertainty)·m²
	//
	// Dispersion is at least 1; it is 1 for Poisson counts and larger when reports
	// come in clumps.
	// RateVariance is the relative variance of the true rate from hour to hour.
	// Uncertainty is the relative variance of the learned mean: little data makes
	// it large.
	Dispersion   float64 `json:"clumping"`
	RateVariance float64 `json:"wander"`
	Uncertainty  float64 `json:"doubt"`

	// LongestExposure is the longest Exposure among the cell, its parent and the
	// parents of that.
	LongestExposure time.Duration `json:"backed"`
}

// Mean returns the expected rate at a time, in reports per minute.
func (b *Baseline) Mean(at time.Time) float64 {
	return b.rate(at, b.offset(at))
}

// Expected returns the expected number of reports in [from, to).
func (b *Baseline) Expected(from, to time.Time) float64 {
	sum := 0.0
	for from.Before(to) {
		// Between the middles of two hours the rate is a straight line.
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

// margin is the number of standard deviations of the rate that are added to the
// mean before counts are compared with it. A busy hour is busy in all its
// minutes, which the forecasts of single minutes take for independent. Chosen by
// measurement: internal/scorecard, on its tuning seeds.
const margin = 0.5

// NullMean returns the mean of the null hypothesis for the reports in
// [from, to): the largest expectation among that span, the hour before and the
// hour after it, plus a margin for the variance of the rate. Neither a change of
// the clocks nor a steep morning is an outage then.
func (b *Baseline) NullMean(from, to time.Time) float64 {
	around := max(b.Expected(from, to), b.Expected(from.Add(-time.Hour), to.Add(-time.Hour)), b.Expected(from.Add(time.Hour), to.Add(time.Hour)))
	return around * b.allowance(from)
}

// allowance returns the ratio of the mean of the null hypothesis to the largest
// expectation around a time.
func (b *Baseline) allowance(at time.Time) float64 {
	a := max(1, b.Ceiling) * (1 + margin*math.Sqrt(b.RateVariance))
	if b.Recent < 1 {
		a /= b.recentFactor(at)
	}
	return a
}

// recentFactor returns the recent factor at a time.
func (b *Baseline) recentFactor(at time.Time) float64 {
	if b.Recent == 1 {
		return 1
	}
	return 1 + (b.Recent-1)*math.Exp2(-at.Sub(b.End).Abs().Hours()/recentHalfLife.Hours())
}

// silentMean returns the null mean of a bucket without reports. It takes the rate
// in the middle of the hour, so that all buckets of an hour have the same.
func (b *Baseline) silentMean(start time.Time, width time.Duration) float64 {
	at := start.Truncate(time.Hour).Add(30 * time.Minute)
	around := max(b.Mean(at), b.Mean(at.Add(-time.Hour)), b.Mean(at.Add(time.Hour)))
	return around * width.Minutes() * b.allowance(at)
}

// Upper returns the 99 % quantile of a count with this expectation.
func (b *Baseline) Upper(expected float64) float64 {
	return quantile(expected, b.size(expected))
}

// Scaled returns b with its level times share. It is a parent for a part of the
// cell that is expected to hold this share of the reports.
func (b *Baseline) Scaled(share float64) *Baseline {
	part := *b
	part.Level *= share
	return &part
}

// size returns the size r of the negative binomial forecast of a count with this
// mean m, so that its variance m + m²/r is the one given at Baseline. Little data
// makes it small, the forecast wide and the detector cautious.
func (b *Baseline) size(mean float64) float64 {
	return mean / (b.Dispersion - 1 + (b.RateVariance+b.Uncertainty)*mean)
}

// centre is the middle of an hour, in seconds from its start. The factor of an
// hour holds there.
const centre = 1800

// rate returns Mean at a time whose offset from UTC in seconds is given.
func (b *Baseline) rate(at time.Time, offset int) float64 {
	return b.Level * b.Season.factor(at, offset) * b.recentFactor(at)
}

// offset returns how far the local time of the season is ahead of UTC, in
// seconds.
func (b *Baseline) offset(at time.Time) int { return b.Season.offset(at) }
