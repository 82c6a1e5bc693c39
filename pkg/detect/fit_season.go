package detect

import "time"

// learnSeason learns the season in three layers, each shrunk to the one before
// it: hour of the day, weekday or weekend, hour of the week. A cell with too few
// reports or less than a day of history takes its parent's.
func (f *fit) learnSeason() {
	reports, expected, weighted := 0.0, 0.0, 0.0
	for i := range f.spans {
		s := &f.spans[i]
		if s.width <= time.Hour {
			reports += s.winsorised
		}
		weighted += s.weight * s.winsorised
		expected += s.weight * f.priorSeason.Factors[s.hour] * s.minutes
	}
	f.ownShare = 0
	if reports < MinSeasonReports || f.b.Exposure < 24*time.Hour {
		season := f.priorSeason
		if f.parent != nil {
			season = f.parent.Season // one table for all that have none
		}
		f.setSeason(season)
		f.predict()
		return
	}
	season := *f.priorSeason
	rate := weighted / expected
	layer := func(worth float64, slot func(hour int) int) {
		var counted, predicted [hours]float64
		for i := range f.spans {
			s := &f.spans[i]
			counted[slot(s.hour)] += s.weight * s.winsorised
			predicted[slot(s.hour)] += s.weight * rate * season.Factors[s.hour] * s.minutes
		}
		for h := range season.Factors {
			season.Factors[h] *= (counted[slot(h)] + worth) / (predicted[slot(h)] + worth)
		}
	}
	layer(dayWorth, func(h int) int { return h % 24 })
	layer(weekendWorth, func(h int) int { return h%24 + 24*(h/120) }) // hours 120 to 167 are the weekend
	layer(hourWorth, func(h int) int { return h })
	sum := 0.0
	for _, x := range season.Factors {
		sum += x
	}
	for h := range season.Factors {
		season.Factors[h] *= hours / sum
	}
	f.setSeason(&season)
	f.ownShare = f.leverage()
}

// leverage returns the share of a span's deviation that ends up in the mean of its
// own hour of the week: one part in the effective number of weeks (Kish 1965),
// less what shrinkage holds back, and at most a half.
func (f *fit) leverage() float64 {
	weight, square := 0.0, 0.0
	for i := range f.spans {
		s := &f.spans[i]
		weight += s.weight * s.minutes
		square += s.weight * s.weight * s.minutes
	}
	weeks := max(weight*weight/square/(hours*60), 1)
	slot := f.b.Level * weight / hours
	return min(slot/(slot+hourWorth)/weeks, 0.5)
}
