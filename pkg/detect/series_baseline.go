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
	// reports is small: real counts clump from hardly to severalfold, and the day
	// must show it.
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
	h := SeriesBaseline{Level: defaultLevel, Dispersion: firstDayDispersion, RateVariance: priorRateVariance}
	for i := range h.Season {
		h.Season[i] = 1
	}
	h.learnUncertainty(0, 0)
	return h
}

// mean returns the expected count of a bucket. start is in Unix seconds and width
// in seconds.
func (h *SeriesBaseline) mean(start int64, width int64) float64 {
	return h.longTermMean(start, width) * h.recentFactor()
}

// longTermMean returns mean without the recent factor.
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

// recentFactor returns the factor of the last hours, limited to [0.5, 3].
func (h *SeriesBaseline) recentFactor() float64 {
	return min(max((h.RecentWinsorised+recentWorth)/(h.RecentExpected+recentWorth), 0.5), 3)
}

// size returns the size of the negative binomial forecast of a count with this
// mean, as Baseline does.
func (h *SeriesBaseline) size(mean float64) float64 {
	return mean / (h.Dispersion - 1 + (h.RateVariance+h.Uncertainty)*mean)
}

// advance begins the hour of a bucket, if it is a new one, and refits the baseline
// to the closed hours when that is due.
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

// learnBucket learns a counted bucket with x reports that had this mean. keep is
// the share of the recent sums that a bucket keeps.
func (h *SeriesBaseline) learnBucket(x, mean float64, start, width int64, keep float64, anomalous bool) {
	winsorised, cold := min(x, mean+3*math.Sqrt(mean+mean*mean/h.size(mean))+1), h.HoursCounted < warmHours
	if !anomalous && h.HoursCounted >= settlingHours {
		// What the variance of the mean explains is not dispersion, and a dense
		// bucket tells little of it: the variance of the rate hides it.
		w := min(1, denseCount/mean)
		h.ResidualSquares += w * ((winsorised-mean)*(winsorised-mean) - (h.RateVariance+h.Uncertainty)*mean*mean)
		h.ResidualMeans += w * mean
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
	expected := h.longTermMean(start, width)
	h.RecentWinsorised = keep*h.RecentWinsorised + winsorised
	h.RecentCounted = keep*h.RecentCounted + x
	h.RecentExpected = keep*h.RecentExpected + expected
	i := modulo(h.Hour, memoryHours)
	h.Winsorised[i] += winsorised
	h.Counted[i] += x
	h.Minutes[i] += minutes
	h.HoursCounted += minutes / 60
	if !anomalous {
		h.HourWinsorised += winsorised
		h.HourExpected += mean
	}
}

// closeHour learns the residual of the running hour as a whole.
func (h *SeriesBaseline) closeHour() {
	if e := h.HourExpected; e >= denseCount && h.HoursCounted >= warmHours {
		d := h.HourWinsorised - e
		h.HourSquares += min((d*d-h.Dispersion*e)/(e*e), 1)
		h.DenseHours++
	}
	h.HourWinsorised, h.HourExpected = 0, 0
}

// refit learns level, season and variance from the hours up to at.
func (h *SeriesBaseline) refit(at int64) {
	sums := h.sumHours(at)
	h.HoursCounted = sums.counted / 60
	for i := range h.Season {
		h.Season[i] = 1
	}
	if sums.reports >= MinSeasonReports && h.HoursCounted >= 24 {
		h.learnSeason(&sums.winsorised, &sums.minutes)
	}
	all := h.learnLevel(&sums)
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
	h.learnUncertainty(all/hours, sums.lastWeek)
}

// hourSums are the sums of the memory that level and season are learned from.
type hourSums struct {
	winsorised      [hours]float64 // reports by hour of the week, weighted by age
	minutes         [hours]float64 // counted minutes by hour of the week, weighted by age
	lastWeek        float64        // reports of the last week, weighted by age
	lastWeekMinutes [hours]float64 // and its minutes
	reports         float64        // all reports, unweighted
	counted         float64        // all counted minutes
}

// sumHours returns the sums of the memory up to the hour at.
func (h *SeriesBaseline) sumHours(at int64) (sums hourSums) {
	second := h.secondHighest(at)
	weight := 1.0
	for w := range int64(4) {
		for a := range int64(hours) {
			hour := at - w*hours - a
			i := modulo(hour, memoryHours)
			if h.Minutes[i] == 0 {
				continue
			}
			sums.counted += h.Minutes[i]
			s := modulo(hour+72, hours)
			if h.HoursCounted < warmHours {
				// Before the rhythm of the day is learned, the last hours tell most.
				weight = math.Exp2(-float64(a) / coldHalfLifeHours)
			}
			reports := max(h.Winsorised[i], min(h.Counted[i], second[s]*h.Minutes[i]))
			sums.winsorised[s] += weight * reports
			sums.minutes[s] += weight * h.Minutes[i]
			sums.reports += reports
			if w == 0 {
				sums.lastWeek += weight * reports
				sums.lastWeekMinutes[s] = weight * h.Minutes[i]
			}
		}
		weight *= weekRetention
	}
	return sums
}

// learnLevel learns the level as Learn does: that of the last week, shrunk to that
// of the memory. It returns the weighted reports of the memory.
func (h *SeriesBaseline) learnLevel(sums *hourSums) (all float64) {
	exposure, lastExposure := 0.0, 0.0
	for s, m := range sums.minutes {
		all += sums.winsorised[s]
		exposure += m * h.Season[s]
		lastExposure += sums.lastWeekMinutes[s] * h.Season[s]
	}
	before := h.Level
	level := (all + firstWorth) / (exposure + firstWorth/defaultLevel)
	h.Level = (sums.lastWeek + weekWorth) / (lastExposure + weekWorth/level)
	// The recent sums were expected by the level before.
	h.RecentExpected *= h.Level / before
	return all
}

// secondHighest returns, for each hour of the week, the second highest rate that
// was counted in it. A rate reached in two weeks of four belongs to the season and
// not to an outage. Without this, an hour that was once learned too low would
// raise an alarm every week and never be learned.
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
func (h *SeriesBaseline) learnSeason(winsorised, minutes *[hours]float64) {
	all, total := 0.0, 0.0
	for s := range winsorised {
		all += winsorised[s]
		total += minutes[s]
	}
	rate := all / total
	var counted, predicted [48]float64
	fold := func(slots int, of func(s int) int) {
		clear(counted[:slots])
		clear(predicted[:slots])
		for s := range winsorised {
			counted[of(s)] += winsorised[s]
			predicted[of(s)] += rate * h.Season[s] * minutes[s]
		}
	}
	fold(24, func(s int) int { return s % 24 })
	for s := range h.Season {
		h.Season[s] *= (counted[s%24] + dayWorth) / (predicted[s%24] + dayWorth)
	}
	half := func(s int) int { return s%24 + 24*(s/120) } // hours 120 to 167 are the weekend
	fold(48, half)
	for s := range h.Season {
		h.Season[s] *= (counted[half(s)] + weekendWorth) / (predicted[half(s)] + weekendWorth)
	}
	sum := 0.0
	for s := range h.Season {
		h.Season[s] *= (winsorised[s] + hourWorth) / (rate*h.Season[s]*minutes[s] + hourWorth)
		sum += h.Season[s]
	}
	for s := range h.Season {
		h.Season[s] *= hours / sum
	}
}

// learnUncertainty learns the relative variance of the mean from the reports
// behind an hour of the week and behind the last week, and adds what the hours
// counted so far cannot have shown.
func (h *SeriesBaseline) learnUncertainty(perHour, lastWeek float64) {
	h.Uncertainty = 1/(perHour+hourWorth) + 1/(lastWeek+firstWorth) + initialUncertainty/(1+h.HoursCounted/uncertaintyHours)
}

// acceptLevel makes the level counted in the last hours the new one, and scales
// the memory to it.
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
