package detect

import "math"

// refit learns level, season and variance from the hours up to at.
func (b *SeriesBaseline) refit(at int64) {
	sums := b.sumHours(at)
	b.HoursCounted = sums.counted / 60
	for i := range b.Season {
		b.Season[i] = 1
	}
	if sums.reports >= MinSeasonReports && b.HoursCounted >= 24 {
		b.learnSeason(&sums.winsorised, &sums.minutes)
	}
	all := b.learnLevel(&sums)
	if floorDiv(at, 24) != floorDiv(b.Hour, 24) {
		b.ResidualSquares *= dailyRetention
		b.ResidualMeans *= dailyRetention
		b.HourSquares *= dailyRetention
		b.DenseHours *= dailyRetention
	}
	prior, worth := float64(priorDispersion), float64(dispersionWorth)
	if b.HoursCounted < warmHours {
		prior, worth = firstDayDispersion, firstDayDispersionWorth
	}
	b.Dispersion = min(max((prior*worth+b.ResidualSquares)/(worth+b.ResidualMeans), minDispersion), maxDispersion)
	b.RateVariance = min(max((priorRateVariance*rateVarianceWorth+b.HourSquares)/(rateVarianceWorth+b.DenseHours), minRateVariance), 1)
	b.learnUncertainty(all/hours, sums.lastWeek)
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
func (b *SeriesBaseline) sumHours(at int64) (sums hourSums) {
	second := b.secondHighest(at)
	weight := 1.0
	for w := range int64(4) {
		for a := range int64(hours) {
			hour := at - w*hours - a
			i := modulo(hour, memoryHours)
			if b.Minutes[i] == 0 {
				continue
			}
			sums.counted += b.Minutes[i]
			s := modulo(hour+72, hours)
			if b.HoursCounted < warmHours {
				// Before the rhythm of the day is learned, the last hours predict best.
				weight = math.Exp2(-float64(a) / coldHalfLifeHours)
			}
			reports := max(b.Winsorised[i], min(b.Counted[i], second[s]*b.Minutes[i]))
			sums.winsorised[s] += weight * reports
			sums.minutes[s] += weight * b.Minutes[i]
			sums.reports += reports
			if w == 0 {
				sums.lastWeek += weight * reports
				sums.lastWeekMinutes[s] = weight * b.Minutes[i]
			}
		}
		weight *= weekRetention
	}
	return sums
}

// learnLevel learns the level as Learn does: that of the last week, shrunk to that
// of the memory. It returns the weighted reports of the memory.
func (b *SeriesBaseline) learnLevel(sums *hourSums) (all float64) {
	exposure, lastExposure := 0.0, 0.0
	for s, m := range sums.minutes {
		all += sums.winsorised[s]
		exposure += m * b.Season[s]
		lastExposure += sums.lastWeekMinutes[s] * b.Season[s]
	}
	before := b.Level
	level := (all + firstWorth) / (exposure + firstWorth/defaultLevel)
	b.Level = (sums.lastWeek + weekWorth) / (lastExposure + weekWorth/level)
	// The recent sums were expected by the level before.
	b.RecentExpected *= b.Level / before
	return all
}

// secondHighest returns, for each hour of the week, the second highest rate that
// was counted in it. A rate reached in two weeks of four belongs to the season and
// not to an outage. Without this, an hour that was once learned too low would
// raise an alarm every week and never be learned.
func (b *SeriesBaseline) secondHighest(at int64) (second [hours]float64) {
	var first [hours]float64
	for a := range int64(memoryHours) {
		i, s := modulo(at-a, memoryHours), modulo(at-a+72, hours)
		if b.Minutes[i] == 0 {
			continue
		}
		rate := b.Counted[i] / b.Minutes[i]
		second[s] = max(second[s], min(first[s], rate))
		first[s] = max(first[s], rate)
	}
	return second
}

// learnSeason learns the season in three layers, each shrunk to the one before
// it: hour of the day, weekday or weekend, hour of the week.
func (b *SeriesBaseline) learnSeason(winsorised, minutes *[hours]float64) {
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
			predicted[of(s)] += rate * b.Season[s] * minutes[s]
		}
	}
	fold(24, func(s int) int { return s % 24 })
	for s := range b.Season {
		b.Season[s] *= (counted[s%24] + dayWorth) / (predicted[s%24] + dayWorth)
	}
	half := func(s int) int { return s%24 + 24*(s/120) } // hours 120 to 167 are the weekend
	fold(48, half)
	for s := range b.Season {
		b.Season[s] *= (counted[half(s)] + weekendWorth) / (predicted[half(s)] + weekendWorth)
	}
	sum := 0.0
	for s := range b.Season {
		b.Season[s] *= (winsorised[s] + hourWorth) / (rate*b.Season[s]*minutes[s] + hourWorth)
		sum += b.Season[s]
	}
	for s := range b.Season {
		b.Season[s] *= hours / sum
	}
}

// learnUncertainty learns the relative variance of the mean from the reports
// behind an hour of the week and behind the last week, and adds what the hours
// counted so far cannot have shown.
func (b *SeriesBaseline) learnUncertainty(perHour, lastWeek float64) {
	b.Uncertainty = 1/(perHour+hourWorth) + 1/(lastWeek+firstWorth) + initialUncertainty/(1+b.HoursCounted/uncertaintyHours)
}
