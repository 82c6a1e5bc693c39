package detect

import (
	"math"
	"time"
)

// memoryHours is how many hours a Habit remembers: four whole weeks.
const memoryHours = 4 * hours

// What a Habit assumes before it has seen much; see Learn for the others.
const (
	// fresh is how many counted hours a habit is learned anew with every bucket,
	// young how many it is every hour; an older one is once a day.
	freshHours, youngHours = 3, 48
	// firstWorth is how many reports defaultLevel is worth: little, as series
	// differ by a factor of ten thousand.
	firstWorth = 2
	// The level of the first warmHours is learned from the counts as they are:
	// there is nothing yet to winsorise by.
	warmHours = 24
	// coldAlarmed is the largest multiple of the usual count that is learned while
	// an anomaly goes on, on the first day, when a morning may pass for one. Later
	// nothing is learned of an anomaly: a little learned from each of its buckets
	// would pass for usual before it is over.
	coldAnomalyCap = 1.25
	// accept is how long an anomaly lasts before its level is the new one.
	acceptAfter = 24 * time.Hour
	// varianceFade is how much of the scatter seen is kept from day to day: a
	// half-life of four weeks.
	dailyRetention  = 0.97555
	minRateVariance = 0.002
	minDispersion   = 1.05
	maxDispersion   = 10.0
	// spread and spreadWorth are the clumping that is assumed on the first day, and
	// how many reports that is worth: few, as real counts clump from hardly to
	// severalfold, and the day must show it.
	firstDayDispersion, firstDayDispersionWorth = 4, 8
	// settling is how many hours scatter about a level that is hardly known; they
	// tell nothing of the clumping.
	settlingHours = 2
	// firstDoubt is the relative variance of what the next hours may bring when
	// nothing was seen. After doubtHours it is half of that, after twice as many a
	// third, and so on.
	initialUncertainty, uncertaintyHours = 3, 2
	// coldHalfLife is how fast hours are forgotten on the first day, in hours.
	coldHalfLifeHours = 1
)

// Habit is what one series usually counts, learned bucket by bucket from the
// series' own past. It is what Learn makes of a history, at a cost that lets a
// backtest learn as it goes: each bucket is winsorised by what was usual when it
// came, so nothing has to be gone over twice. Seasons are in UTC.
type SeriesBaseline struct {
	Hour         int64                `json:"hour"`  // the running hour, since the Unix epoch
	Winsorised   [memoryHours]float64 `json:"kept"`  // winsorised reports by hour
	Counted      [memoryHours]float64 `json:"raw"`   // reports by hour as counted
	Minutes      [memoryHours]float64 `json:"min"`   // minutes of the hour that were counted
	HoursCounted float64              `json:"seen"`  // hours counted, of those remembered
	Level        float64              `json:"level"` // reports per minute
	Season       [hours]float64       `json:"season"`

	// What the last hours showed, with recentHalfLife: reports as learned, as
	// counted, and as usual.
	RecentWinsorised float64 `json:"recent_kept"`
	RecentCounted    float64 `json:"recent_raw"`
	RecentExpected   float64 `json:"recent_usual"`

	Dispersion      float64 `json:"clumping"`
	RateVariance    float64 `json:"wander"`
	Uncertainty     float64 `json:"doubt"`
	ResidualSquares float64 `json:"scatter"`  // squared deviations of buckets, less what Wander explains
	ResidualMeans   float64 `json:"scale"`    // the means they belong to
	HourSquares     float64 `json:"relative"` // squared relative deviations of hours
	DenseHours      float64 `json:"dense"`    // the hours they belong to

	HourWinsorised float64 `json:"hour_kept"` // of the running hour
	HourExpected   float64 `json:"hour_usual"`
}

// newHabit returns the habit of a series of which nothing is known.
func newSeriesBaseline() SeriesBaseline {
	h := SeriesBaseline{Level: defaultLevel, Dispersion: firstDayDispersion, RateVariance: priorRateVariance}
	for i := range h.Season {
		h.Season[i] = 1
	}
	h.learnUncertainty(0, 0)
	return h
}

// mean returns the usual count of a bucket.
func (h *SeriesBaseline) mean(start int64, width int64) float64 {
	return h.longTermMean(start, width) * h.recentFactor()
}

// plain is mean without what the last hours showed.
func (h *SeriesBaseline) longTermMean(start int64, width int64) float64 {
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
	return h.Level * (h.Season[i]*(1-f) + h.Season[next]*f) * float64(width) / 60
}

// recent is the factor of the last hours.
func (h *SeriesBaseline) recentFactor() float64 {
	return min(max((h.RecentWinsorised+recentWorth)/(h.RecentExpected+recentWorth), 0.5), 3)
}

// size returns the size of the negative binomial forecast of a count with this
// mean.
func (h *SeriesBaseline) size(mean float64) float64 {
	return mean / (h.Dispersion - 1 + (h.RateVariance+h.Uncertainty)*mean)
}

// move opens the hour of a bucket and learns anew what the closed ones showed.
func (h *SeriesBaseline) advance(start, width int64) {
	at := floorDiv(start+width/2, 3600)
	if at == h.Hour {
		if h.HoursCounted < freshHours {
			h.refit(at)
		}
		return
	}
	first := h.HoursCounted == 0 && h.Hour == 0
	if !first {
		h.closeHour()
		for gone := max(h.Hour+1, at-memoryHours+1); gone <= at; gone++ {
			i := modulo(gone, memoryHours)
			h.Winsorised[i], h.Counted[i], h.Minutes[i] = 0, 0, 0
		}
		if h.HoursCounted < youngHours || floorDiv(at, 24) != floorDiv(h.Hour, 24) {
			h.refit(at)
		}
	}
	h.Hour = at
}

// add learns one counted bucket whose usual count was mean.
func (h *SeriesBaseline) learnBucket(x, mean float64, start, width int64, fade float64, anomalous bool) {
	kept, cold := min(x, mean+3*math.Sqrt(mean+mean*mean/h.size(mean))+1), h.HoursCounted < warmHours
	if !anomalous && h.HoursCounted >= settlingHours {
		// What wander and doubt explain is no clumping, and a dense bucket tells
		// little of it: the wander hides it.
		w := min(1, denseCount/mean)
		h.ResidualSquares += w * ((kept-mean)*(kept-mean) - (h.RateVariance+h.Uncertainty)*mean*mean)
		h.ResidualMeans += w * mean
	}
	switch {
	case anomalous && cold:
		kept = min(x, coldAnomalyCap*mean)
	case anomalous:
		kept = mean
	case cold:
		kept = x
	}
	minutes := float64(width) / 60
	plain := h.longTermMean(start, width)
	h.RecentWinsorised = fade*h.RecentWinsorised + kept
	h.RecentCounted = fade*h.RecentCounted + x
	h.RecentExpected = fade*h.RecentExpected + plain
	i := modulo(h.Hour, memoryHours)
	h.Winsorised[i] += kept
	h.Counted[i] += x
	h.Minutes[i] += minutes
	h.HoursCounted += minutes / 60
	if !anomalous {
		h.HourWinsorised += kept
		h.HourExpected += mean
	}
}

// closeHour notes how the running hour deviated as a whole.
func (h *SeriesBaseline) closeHour() {
	if e := h.HourExpected; e >= denseCount && h.HoursCounted >= warmHours {
		d := h.HourWinsorised - e
		h.HourSquares += min((d*d-h.Dispersion*e)/(e*e), 1)
		h.DenseHours++
	}
	h.HourWinsorised, h.HourExpected = 0, 0
}

// learn works out level, season and scatter from the hours up to at.
func (h *SeriesBaseline) refit(at int64) {
	var kept, minutes [hours]float64 // by hour of the week, weighted by age
	reports, last, lastMinutes := 0.0, 0.0, [hours]float64{}
	twice := h.secondHighest(at)
	weight, counted := 1.0, 0.0
	for w := range int64(4) {
		for a := range int64(hours) {
			hour := at - w*hours - a
			i := modulo(hour, memoryHours)
			if h.Minutes[i] == 0 {
				continue
			}
			counted += h.Minutes[i]
			s := modulo(hour+72, hours)
			if h.HoursCounted < warmHours {
				// Before the rhythm of the day is known, the last hours say most.
				weight = math.Exp2(-float64(a) / coldHalfLifeHours)
			}
			usual := max(h.Winsorised[i], min(h.Counted[i], twice[s]*h.Minutes[i]))
			kept[s] += weight * usual
			minutes[s] += weight * h.Minutes[i]
			reports += usual
			if w == 0 {
				last += weight * usual
				lastMinutes[s] = weight * h.Minutes[i]
			}
		}
		weight *= weekRetention
	}
	h.HoursCounted = counted / 60
	was := h.Level
	for i := range h.Season {
		h.Season[i] = 1
	}
	if reports >= MinSeasonReports && h.HoursCounted >= 24 {
		h.learnSeason(&kept, &minutes)
	}
	all, exposure, lastExposure := 0.0, 0.0, 0.0
	for s, m := range minutes {
		all += kept[s]
		exposure += m * h.Season[s]
		lastExposure += lastMinutes[s] * h.Season[s]
	}
	level := (all + firstWorth) / (exposure + firstWorth/defaultLevel)
	h.Level = (last + weekWorth) / (lastExposure + weekWorth/level)
	// What the last hours showed was measured against the old level.
	h.RecentExpected *= h.Level / was
	if floorDiv(at, 24) != floorDiv(h.Hour, 24) {
		h.ResidualSquares *= dailyRetention
		h.ResidualMeans *= dailyRetention
		h.HourSquares *= dailyRetention
		h.DenseHours *= dailyRetention
	}
	prior, worth := float64(priorDispersion), float64(dispersionWorth)
	if h.HoursCounted < warmHours {
		prior, worth = firstDayDispersion, firstDayDispersionWorth
	}
	h.Dispersion = min(max((prior*worth+h.ResidualSquares)/(worth+h.ResidualMeans), minDispersion), maxDispersion)
	h.RateVariance = min(max((priorRateVariance*rateVarianceWorth+h.HourSquares)/(rateVarianceWorth+h.DenseHours), minRateVariance), 1)
	h.learnUncertainty(all/hours, last)
}

// twice returns for each hour of the week the second highest rate that was
// counted in it. What was seen in two weeks of four is the season and no outage,
// however it looked when it came: without this, an hour that was once learned
// too low would alarm every week and never be learned.
func (h *SeriesBaseline) secondHighest(at int64) (second [hours]float64) {
	var first [hours]float64
	for a := range int64(memoryHours) {
		i, s := modulo(at-a, memoryHours), modulo(at-a+72, hours)
		if h.Minutes[i] == 0 {
			continue
		}
		rate := h.Counted[i] / h.Minutes[i]
		second[s] = max(second[s], min(first[s], rate))
		first[s] = max(first[s], rate)
	}
	return second
}

// learnSeason learns the season in three layers, each shrunk to the one before
// it: hour of the day, weekday or weekend, hour of the week.
func (h *SeriesBaseline) learnSeason(kept, minutes *[hours]float64) {
	all, counted := 0.0, 0.0
	for s := range kept {
		all += kept[s]
		counted += minutes[s]
	}
	rate := all / counted
	var seen, usual [48]float64
	fold := func(slots int, of func(s int) int) {
		clear(seen[:slots])
		clear(usual[:slots])
		for s := range kept {
			seen[of(s)] += kept[s]
			usual[of(s)] += rate * h.Season[s] * minutes[s]
		}
	}
	fold(24, func(s int) int { return s % 24 })
	for s := range h.Season {
		h.Season[s] *= (seen[s%24] + dayWorth) / (usual[s%24] + dayWorth)
	}
	half := func(s int) int { return s%24 + 24*(s/120) } // hours 120 to 167 are the weekend
	fold(48, half)
	for s := range h.Season {
		h.Season[s] *= (seen[half(s)] + weekendWorth) / (usual[half(s)] + weekendWorth)
	}
	sum := 0.0
	for s := range h.Season {
		h.Season[s] *= (kept[s] + hourWorth) / (rate*h.Season[s]*minutes[s] + hourWorth)
		sum += h.Season[s]
	}
	for s := range h.Season {
		h.Season[s] *= hours / sum
	}
}

// doubt says how uncertain the mean is, by the reports behind an hour of the
// week and behind the last week, and by what the hours seen cannot have shown.
func (h *SeriesBaseline) learnUncertainty(perSlot, lastWeek float64) {
	h.Uncertainty = 1/(perSlot+hourWorth) + 1/(lastWeek+firstWorth) + initialUncertainty/(1+h.HoursCounted/uncertaintyHours)
}

// shift takes what was counted in the last hours for the new level.
func (h *SeriesBaseline) acceptLevel() {
	by := (h.RecentCounted + recentWorth) / (h.RecentExpected + recentWorth)
	for i := range h.Winsorised {
		h.Winsorised[i] *= by
		h.Counted[i] *= by
	}
	h.Level *= by
	h.RecentExpected *= by
	h.RecentWinsorised = h.RecentExpected
}

// slot returns n modulo size, not below 0.
func modulo(n, size int64) int64 { return (n%size + size) % size }

// floorDiv divides downwards, also below 0.
func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
