package detect

import (
	"math"
	"time"
)

// memoryHours is the number of hours that a SeriesBaseline remembers: four whole
// weeks.
const memoryHours = 4 * hours

// The priors and periods of a SeriesBaseline; see Learn for the others. Most of
// them matter on the first day of a series, where each trades the false alarms of
// a rhythm that is not yet learned against the outages that are missed
// meanwhile.
const (
	// freshHours is the number of counted hours during which the baseline is
	// refitted at every bucket. Up to youngHours it is refitted every hour, later
	// once a day.
	freshHours, youngHours = 3, 48
	// firstWorth is the weight of defaultLevel in reports. It is small, because
	// series differ by a factor of ten thousand.
	firstWorth = 2
	// warmHours is the number of counted hours in which counts are learned without
	// winsorising, because there is no range yet.
	warmHours = 24
	// coldAnomalyCap limits what is learned during an anomaly on the first day, as a
	// multiple of the expectation: a morning may pass for an anomaly then. Later
	// nothing is learned of an anomaly. A little of each of its buckets would make
	// it the baseline before it is over.
	coldAnomalyCap = 1.25
	// acceptAfter is how long an anomaly lasts before its level is the new one.
	acceptAfter = 24 * time.Hour
	// dailyRetention is the share of residuals that is kept from day to day: a
	// half-life of four weeks.
	dailyRetention  = 0.97555
	minRateVariance = 0.002
	minDispersion   = 1.05
	maxDispersion   = 10.0
	// firstDayDispersion is the prior dispersion on the first day. Its weight in
	// reports is small: real series differ from almost Poisson to several times that,
	// and the first day must show it.
	firstDayDispersion, firstDayDispersionWorth = 4, 8
	// settlingHours is the number of hours whose residuals are ignored, because
	// they are residuals of a level that is hardly known.
	settlingHours = 2
	// initialUncertainty is the relative variance of the mean without any data.
	// After uncertaintyHours it is half of that, after twice as many a third, and so
	// on.
	initialUncertainty, uncertaintyHours = 3, 2
	// coldHalfLifeHours is the half-life of an hour's weight on the first day.
	coldHalfLifeHours = 1
)

// SeriesBaseline is the baseline of one series, learned bucket by bucket from the
// past of that series. It estimates what Learn does, at a cost that lets a
// backtest learn at every step: each bucket is winsorised once, by the range that
// held when it came. The season is in UTC.
type SeriesBaseline struct {
	Hour         int64                `json:"hour"`  // the running hour, counted from the Unix epoch
	Winsorised   [memoryHours]float64 `json:"kept"`  // reports after winsorising, by hour
	Counted      [memoryHours]float64 `json:"raw"`   // reports as counted, by hour
	Minutes      [memoryHours]float64 `json:"min"`   // counted minutes, by hour
	HoursCounted float64              `json:"seen"`  // counted time in the memory, in hours
	Level        float64              `json:"level"` // reports per minute
	Season       [hours]float64       `json:"season"`

	// Sums over the last hours, with recentHalfLife: reports after winsorising,
	// reports as counted, and reports expected without the recent factor.
	RecentWinsorised float64 `json:"recent_kept"`
	RecentCounted    float64 `json:"recent_raw"`
	RecentExpected   float64 `json:"recent_usual"`

	// Dispersion, RateVariance and Uncertainty are those of Baseline.
	Dispersion   float64 `json:"clumping"`
	RateVariance float64 `json:"wander"`
	Uncertainty  float64 `json:"doubt"`

	ResidualSquares float64 `json:"scatter"`  // sum of squared residuals of buckets, less what the variance of the mean explains
	ResidualMeans   float64 `json:"scale"`    // sum of the means of those buckets
	HourSquares     float64 `json:"relative"` // sum of squared relative residuals of hours, less what dispersion explains
	DenseHours      float64 `json:"dense"`    // number of those hours

	HourWinsorised float64 `json:"hour_kept"` // sums of the running hour, without anomalies
	HourExpected   float64 `json:"hour_usual"`
}

// newSeriesBaseline returns the baseline of a series without history.
func newSeriesBaseline() SeriesBaseline {
	b := SeriesBaseline{Level: defaultLevel, Dispersion: firstDayDispersion, RateVariance: priorRateVariance}
	for i := range b.Season {
		b.Season[i] = 1
	}
	b.learnUncertainty(0, 0)
	return b
}

// mean returns the expected count of a bucket. start is in Unix seconds and width
// in seconds.
func (b *SeriesBaseline) mean(start int64, width int64) float64 {
	return b.longTermMean(start, width) * b.recentFactor()
}

// longTermMean returns mean without the recent factor.
func (b *SeriesBaseline) longTermMean(start int64, width int64) float64 {
	const monday = 3 * 86400 // the epoch was a Thursday
	s := (start + width/2 + monday - centre) % week
	if s < 0 {
		s += week
	}
	i, f := s/3600, float64(s%3600)/3600
	next := i + 1
	if next == hours {
		next = 0
	}
	return b.Level * (b.Season[i]*(1-f) + b.Season[next]*f) * float64(width) / 60
}

// recentFactor returns the factor of the last hours, limited to [0.5, 3].
func (b *SeriesBaseline) recentFactor() float64 {
	return min(max((b.RecentWinsorised+recentWorth)/(b.RecentExpected+recentWorth), 0.5), 3)
}

// size returns the size of the negative binomial forecast of a count with this
// mean, as Baseline does.
func (b *SeriesBaseline) size(mean float64) float64 {
	return mean / (b.Dispersion - 1 + (b.RateVariance+b.Uncertainty)*mean)
}

// advance begins the hour of a bucket, if it is a new one, and refits the baseline
// to the closed hours when that is due.
func (b *SeriesBaseline) advance(start, width int64) {
	at := floorDiv(start+width/2, 3600)
	if at == b.Hour {
		if b.HoursCounted < freshHours {
			b.refit(at)
		}
		return
	}
	first := b.HoursCounted == 0 && b.Hour == 0
	if !first {
		b.closeHour()
		for gone := max(b.Hour+1, at-memoryHours+1); gone <= at; gone++ {
			i := modulo(gone, memoryHours)
			b.Winsorised[i], b.Counted[i], b.Minutes[i] = 0, 0, 0
		}
		if b.HoursCounted < youngHours || floorDiv(at, 24) != floorDiv(b.Hour, 24) {
			b.refit(at)
		}
	}
	b.Hour = at
}

// learnBucket learns a counted bucket with x reports that had this mean. keep is
// the share of the recent sums that a bucket keeps.
func (b *SeriesBaseline) learnBucket(x, mean float64, start, width int64, keep float64, anomalous bool) {
	winsorised, cold := min(x, mean+3*math.Sqrt(mean+mean*mean/b.size(mean))+1), b.HoursCounted < warmHours
	if !anomalous && b.HoursCounted >= settlingHours {
		// What the variance of the mean explains is not dispersion, and a dense
		// bucket shows little of it: the variance of the rate hides it.
		w := min(1, denseCount/mean)
		b.ResidualSquares += w * ((winsorised-mean)*(winsorised-mean) - (b.RateVariance+b.Uncertainty)*mean*mean)
		b.ResidualMeans += w * mean
	}
	switch {
	case anomalous && cold:
		winsorised = min(x, coldAnomalyCap*mean)
	case anomalous:
		winsorised = mean
	case cold:
		winsorised = x
	}
	minutes := float64(width) / 60
	expected := b.longTermMean(start, width)
	b.RecentWinsorised = keep*b.RecentWinsorised + winsorised
	b.RecentCounted = keep*b.RecentCounted + x
	b.RecentExpected = keep*b.RecentExpected + expected
	i := modulo(b.Hour, memoryHours)
	b.Winsorised[i] += winsorised
	b.Counted[i] += x
	b.Minutes[i] += minutes
	b.HoursCounted += minutes / 60
	if !anomalous {
		b.HourWinsorised += winsorised
		b.HourExpected += mean
	}
}

// closeHour learns the residual of the running hour as a whole.
func (b *SeriesBaseline) closeHour() {
	if e := b.HourExpected; e >= denseCount && b.HoursCounted >= warmHours {
		d := b.HourWinsorised - e
		b.HourSquares += min((d*d-b.Dispersion*e)/(e*e), 1)
		b.DenseHours++
	}
	b.HourWinsorised, b.HourExpected = 0, 0
}

// acceptLevel makes the level counted in the last hours the new one, and scales
// the memory to it.
func (b *SeriesBaseline) acceptLevel() {
	by := (b.RecentCounted + recentWorth) / (b.RecentExpected + recentWorth)
	for i := range b.Winsorised {
		b.Winsorised[i] *= by
		b.Counted[i] *= by
	}
	b.Level *= by
	b.RecentExpected *= by
	b.RecentWinsorised = b.RecentExpected
}

// modulo returns n modulo size, in [0, size).
func modulo(n, size int64) int64 { return (n%size + size) % size }

// floorDiv returns a/b rounded down.
func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
