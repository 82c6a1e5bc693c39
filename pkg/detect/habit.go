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
	fresh, young = 3, 48
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
	coldAlarmed = 1.25
	// accept is how long an anomaly lasts before its level is the new one.
	accept = 24 * time.Hour
	// varianceFade is how much of the scatter seen is kept from day to day: a
	// half-life of four weeks.
	varianceFade = 0.97555
	leastWander  = 0.002
	leastClump   = 1.05
	mostClump    = 10.0
	// spread and spreadWorth are the clumping that is assumed on the first day, and
	// how many reports that is worth: few, as real counts clump from hardly to
	// severalfold, and the day must show it.
	spread, spreadWorth = 4, 8
	// settling is how many hours scatter about a level that is hardly known; they
	// tell nothing of the clumping.
	settling = 2
	// firstDoubt is the relative variance of what the next hours may bring when
	// nothing was seen. After doubtHours it is half of that, after twice as many a
	// third, and so on.
	firstDoubt, doubtHours = 3, 2
	// coldHalfLife is how fast hours are forgotten on the first day, in hours.
	coldHalfLife = 1
)

// Habit is what one series usually counts, learned bucket by bucket from the
// series' own past. It is what Learn makes of a history, at a cost that lets a
// backtest learn as it goes: each bucket is winsorised by what was usual when it
// came, so nothing has to be gone over twice. Seasons are in UTC.
type Habit struct {
	Hour    int64                `json:"hour"`  // the running hour, since the Unix epoch
	Kept    [memoryHours]float64 `json:"kept"`  // winsorised reports by hour
	Raw     [memoryHours]float64 `json:"raw"`   // reports by hour as counted
	Minutes [memoryHours]float64 `json:"min"`   // minutes of the hour that were counted
	Seen    float64              `json:"seen"`  // hours counted, of those remembered
	Level   float64              `json:"level"` // reports per minute
	Season  [hours]float64       `json:"season"`

	// What the last hours showed, with recentHalfLife: reports as learned, as
	// counted, and as usual.
	RecentKept  float64 `json:"recent_kept"`
	RecentRaw   float64 `json:"recent_raw"`
	RecentUsual float64 `json:"recent_usual"`

	Clumping float64 `json:"clumping"`
	Wander   float64 `json:"wander"`
	Doubt    float64 `json:"doubt"`
	Scatter  float64 `json:"scatter"`  // squared deviations of buckets, less what Wander explains
	Scale    float64 `json:"scale"`    // the means they belong to
	Relative float64 `json:"relative"` // squared relative deviations of hours
	Dense    float64 `json:"dense"`    // the hours they belong to

	HourKept  float64 `json:"hour_kept"` // of the running hour
	HourUsual float64 `json:"hour_usual"`
}

// newHabit returns the habit of a series of which nothing is known.
func newHabit() Habit {
	h := Habit{Level: defaultLevel, Clumping: spread, Wander: wander}
	for i := range h.Season {
		h.Season[i] = 1
	}
	h.doubt(0, 0)
	return h
}

// mean returns the usual count of a bucket.
func (h *Habit) mean(start int64, width int64) float64 {
	return h.plain(start, width) * h.recent()
}

// plain is mean without what the last hours showed.
func (h *Habit) plain(start int64, width int64) float64 {
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
func (h *Habit) recent() float64 {
	return min(max((h.RecentKept+recentWorth)/(h.RecentUsual+recentWorth), 0.5), 3)
}

// size returns the size of the negative binomial forecast of a count with this
// mean.
func (h *Habit) size(mean float64) float64 {
	return mean / (h.Clumping - 1 + (h.Wander+h.Doubt)*mean)
}

// move opens the hour of a bucket and learns anew what the closed ones showed.
func (h *Habit) move(start, width int64) {
	at := floorDiv(start+width/2, 3600)
	if at == h.Hour {
		if h.Seen < fresh {
			h.learn(at)
		}
		return
	}
	first := h.Seen == 0 && h.Hour == 0
	if !first {
		h.closeHour()
		for gone := max(h.Hour+1, at-memoryHours+1); gone <= at; gone++ {
			i := slot(gone, memoryHours)
			h.Kept[i], h.Raw[i], h.Minutes[i] = 0, 0, 0
		}
		if h.Seen < young || floorDiv(at, 24) != floorDiv(h.Hour, 24) {
			h.learn(at)
		}
	}
	h.Hour = at
}

// add learns one counted bucket whose usual count was mean.
func (h *Habit) add(x, mean float64, start, width int64, fade float64, anomalous bool) {
	kept, cold := min(x, mean+3*math.Sqrt(mean+mean*mean/h.size(mean))+1), h.Seen < warmHours
	if !anomalous && h.Seen >= settling {
		// What wander and doubt explain is no clumping, and a dense bucket tells
		// little of it: the wander hides it.
		w := min(1, dense/mean)
		h.Scatter += w * ((kept-mean)*(kept-mean) - (h.Wander+h.Doubt)*mean*mean)
		h.Scale += w * mean
	}
	switch {
	case anomalous && cold:
		kept = min(x, coldAlarmed*mean)
	case anomalous:
		kept = mean
	case cold:
		kept = x
	}
	minutes := float64(width) / 60
	plain := h.plain(start, width)
	h.RecentKept = fade*h.RecentKept + kept
	h.RecentRaw = fade*h.RecentRaw + x
	h.RecentUsual = fade*h.RecentUsual + plain
	i := slot(h.Hour, memoryHours)
	h.Kept[i] += kept
	h.Raw[i] += x
	h.Minutes[i] += minutes
	h.Seen += minutes / 60
	if !anomalous {
		h.HourKept += kept
		h.HourUsual += mean
	}
}

// closeHour notes how the running hour deviated as a whole.
func (h *Habit) closeHour() {
	if e := h.HourUsual; e >= dense && h.Seen >= warmHours {
		d := h.HourKept - e
		h.Relative += min((d*d-h.Clumping*e)/(e*e), 1)
		h.Dense++
	}
	h.HourKept, h.HourUsual = 0, 0
}

// learn works out level, season and scatter from the hours up to at.
func (h *Habit) learn(at int64) {
	var kept, minutes [hours]float64 // by hour of the week, weighted by age
	reports, last, lastMinutes := 0.0, 0.0, [hours]float64{}
	twice := h.twice(at)
	weight, counted := 1.0, 0.0
	for w := range int64(4) {
		for a := range int64(hours) {
			hour := at - w*hours - a
			i := slot(hour, memoryHours)
			if h.Minutes[i] == 0 {
				continue
			}
			counted += h.Minutes[i]
			s := slot(hour+72, hours)
			if h.Seen < warmHours {
				// Before the rhythm of the day is known, the last hours say most.
				weight = math.Exp2(-float64(a) / coldHalfLife)
			}
			usual := max(h.Kept[i], min(h.Raw[i], twice[s]*h.Minutes[i]))
			kept[s] += weight * usual
			minutes[s] += weight * h.Minutes[i]
			reports += usual
			if w == 0 {
				last += weight * usual
				lastMinutes[s] = weight * h.Minutes[i]
			}
		}
		weight *= fade
	}
	h.Seen = counted / 60
	was := h.Level
	for i := range h.Season {
		h.Season[i] = 1
	}
	if reports >= SeasonNeeds && h.Seen >= 24 {
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
	h.RecentUsual *= h.Level / was
	if floorDiv(at, 24) != floorDiv(h.Hour, 24) {
		h.Scatter *= varianceFade
		h.Scale *= varianceFade
		h.Relative *= varianceFade
		h.Dense *= varianceFade
	}
	prior, worth := float64(clumping), float64(clumpingWorth)
	if h.Seen < warmHours {
		prior, worth = spread, spreadWorth
	}
	h.Clumping = min(max((prior*worth+h.Scatter)/(worth+h.Scale), leastClump), mostClump)
	h.Wander = min(max((wander*wanderWorth+h.Relative)/(wanderWorth+h.Dense), leastWander), 1)
	h.doubt(all/hours, last)
}

// twice returns for each hour of the week the second highest rate that was
// counted in it. What was seen in two weeks of four is the season and no outage,
// however it looked when it came: without this, an hour that was once learned
// too low would alarm every week and never be learned.
func (h *Habit) twice(at int64) (second [hours]float64) {
	var first [hours]float64
	for a := range int64(memoryHours) {
		i, s := slot(at-a, memoryHours), slot(at-a+72, hours)
		if h.Minutes[i] == 0 {
			continue
		}
		rate := h.Raw[i] / h.Minutes[i]
		second[s] = max(second[s], min(first[s], rate))
		first[s] = max(first[s], rate)
	}
	return second
}

// learnSeason learns the season in three layers, each shrunk to the one before
// it: hour of the day, weekday or weekend, hour of the week.
func (h *Habit) learnSeason(kept, minutes *[hours]float64) {
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
func (h *Habit) doubt(perSlot, lastWeek float64) {
	h.Doubt = 1/(perSlot+hourWorth) + 1/(lastWeek+firstWorth) + firstDoubt/(1+h.Seen/doubtHours)
}

// shift takes what was counted in the last hours for the new level.
func (h *Habit) shift() {
	by := (h.RecentRaw + recentWorth) / (h.RecentUsual + recentWorth)
	for i := range h.Kept {
		h.Kept[i] *= by
		h.Raw[i] *= by
	}
	h.Level *= by
	h.RecentUsual *= by
	h.RecentKept = h.RecentUsual
}

// slot returns n modulo size, not below 0.
func slot(n, size int64) int64 { return (n%size + size) % size }

// floorDiv divides downwards, also below 0.
func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
