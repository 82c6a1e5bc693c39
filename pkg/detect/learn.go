package detect

import (
	"math"
	"slices"
	"time"
)

// What Learn assumes before it has seen much. Where a number of reports is
// named, the assumption weighs as much as that many reports of the cell's own.
const (
	memory = 28 * 24 * time.Hour
	// defaultLevel is the rate of a cell of which nothing is known: one report in
	// 15 minutes, worth 2 reports, as is a parent's level.
	defaultLevel = 1.0 / 15
	levelWorth   = 2
	// weekWorth is what the level of the memory weighs against the last week's.
	weekWorth = 10
	// fade is how much of a week is forgotten with each further week.
	weekRetention = 0.75
	// The worths, in reports, shrink the three layers of the season: hour of day,
	// weekday or weekend, hour of week.
	dayWorth     = 6
	weekendWorth = 10
	hourWorth    = 14
	// recentWorth shrinks what the last hours showed.
	recentWorth = 25
	// Clumping 1.3 worth 50 reports, wander 0.02 (14 % from hour to hour) worth
	// 72 hours.
	priorDispersion, dispersionWorth     = 1.3, 50
	priorRateVariance, rateVarianceWorth = 0.02, 72
	// dense is the count of a span from which on it tells of the wander.
	denseCount = 10
	// rounds of winsorising and learning again; the fourth moves the level of an
	// ordinary cell by less than one part in a thousand.
	fitRounds = 4
)

// SeasonNeeds is how many reports a season of its own takes; under it the
// parent's is used.
const MinSeasonReports = 200

// Learn returns the baseline of a cell as of end from its history: dense spans,
// oldest first, of which those after end and those older than four weeks are
// ignored. Hours are counted in the time zone of end. What the cell's own
// history is too small to tell comes from parent, or without one from a wide
// default.
//
// A history of days instead of hours does for a cell with fewer than SeasonNeeds
// reports in it, which has no season of its own and no recent hours to speak of.
//
// Each span is winsorised at its mean + 3 standard deviations + 1 and loses its
// influence beyond, so that past outages barely move what is usual; a new level
// that has lasted for a day is accepted.
func Learn(history []Count, end time.Time, parent *Baseline) *Baseline {
	f := newFit(history, end, parent)
	f.guess()
	for range fitRounds {
		f.winsorise()
		f.learnSeason()
		f.learnLevel()
		f.learnVariance()
	}
	f.winsorise()
	f.acceptShift()
	f.learnRecent()
	return f.b
}

// span is a Count prepared for learning.
type span struct {
	start      time.Time
	width      time.Duration
	hour       int     // of the week, local
	season     float64 // mean factor, by the present baseline
	minutes    float64 // counted
	reports    float64
	winsorised float64 // reports after winsorising
	mean       float64 // by the present baseline
	age        time.Duration
	weight     float64 // by age
}

// fit is a baseline being learned.
type fit struct {
	b           *Baseline
	parent      *Baseline
	spans       []span
	priorLevel  float64 // level before any data
	ownShare    float64 // how far the season follows each single span, in [0, 1)
	priorSeason *Season // season before any data, by the cell's own clocks
}

func newFit(history []Count, end time.Time, parent *Baseline) *fit {
	f := &fit{parent: parent, priorLevel: defaultLevel, priorSeason: flatSeason(end.Location())}
	f.b = &Baseline{End: end, Recent: 1, Season: f.priorSeason, Dispersion: priorDispersion, RateVariance: priorRateVariance}
	if parent != nil {
		f.priorLevel, f.b.Season, f.priorSeason = parent.Level, parent.Season, parent.Season.inZone(end.Location(), end)
		f.b.Dispersion, f.b.RateVariance = parent.Dispersion, parent.RateVariance
	}
	f.spans = make([]span, 0, len(history))
	for _, c := range history {
		stop := c.Start.Add(c.Width)
		if c.Known <= 0 || stop.After(end) || c.Start.Before(end.Add(-memory)) {
			continue
		}
		at := c.Start.Add(c.Width / 2)
		s := span{
			start:   c.Start,
			width:   c.Width,
			hour:    weekSecond(at, f.priorSeason.offset(at)) / 3600,
			minutes: c.Known * c.Width.Minutes(),
			reports: c.N,
			age:     end.Sub(stop),
		}
		s.weight = math.Pow(weekRetention, s.age.Hours()/hours)
		f.b.Exposure += time.Duration(c.Known * float64(c.Width))
		f.spans = append(f.spans, s)
	}
	f.setSeason(f.b.Season)
	f.b.LongestExposure = f.b.Exposure
	if parent != nil {
		f.b.LongestExposure = max(f.b.Exposure, parent.LongestExposure)
	}
	return f
}

// start takes a first, robust guess: of each hour of the day the mean of its
// spans without the highest fifth.
func (f *fit) guess() {
	var rates [24][]float64
	for _, s := range f.spans {
		rates[s.hour%24] = append(rates[s.hour%24], s.reports/s.minutes)
	}
	var guess [24]float64
	sum, n := 0.0, 0.0
	for h, r := range rates {
		if len(r) == 0 {
			continue
		}
		guess[h] = trimmedMean(r)
		sum += guess[h]
		n++
	}
	f.b.Level = f.priorLevel
	if n > 0 {
		f.b.Level = (sum/n*f.b.Exposure.Minutes() + levelWorth) / (f.b.Exposure.Minutes() + levelWorth/f.priorLevel)
	}
	if sum > 0 && n == 24 && sum/n*f.b.Exposure.Minutes() >= MinSeasonReports {
		first := *f.priorSeason
		for i := range first.Factors {
			first.Factors[i] = guess[i%24] / (sum / n)
		}
		f.setSeason(&first)
	}
	f.predict()
	for i := range f.spans {
		f.spans[i].winsorised = f.spans[i].mean
	}
	f.learnUncertainty()
}

// trimmed returns the mean of r without its highest fifth.
func trimmedMean(r []float64) float64 {
	sorted := slices.Clone(r)
	slices.Sort(sorted)
	keep := sorted[:len(sorted)-len(sorted)/5]
	sum := 0.0
	for _, x := range keep {
		sum += x
	}
	return sum / float64(len(keep))
}

// adopt takes s for the season.
func (f *fit) setSeason(s *Season) {
	if f.b.Season == s && len(f.spans) > 0 && f.spans[0].season > 0 {
		return
	}
	f.b.Season = s
	for i := range f.spans {
		f.spans[i].season = s.mean(f.spans[i].start, f.spans[i].width)
	}
}

// predict sets the mean of every span.
func (f *fit) predict() {
	for i := range f.spans {
		s := &f.spans[i]
		s.mean = f.b.Level * s.season * s.minutes
	}
}

// upper returns the count at which a span is winsorised.
func (f *fit) upper(s *span) float64 {
	return s.mean + 3*math.Sqrt(s.mean+s.mean*s.mean/f.b.size(max(s.mean, 1e-9))) + 1
}

// winsorise cuts what exceeds a span's usual range; the farther beyond, the
// less is kept of the excess, and at twice the edge nothing (Hampel's
// redescending influence). Merely cut, six hours of outage would still raise a
// quiet week by a tenth. The first day is taken as it is: there is nothing yet
// to cut it by.
func (f *fit) winsorise() {
	for i := range f.spans {
		s := &f.spans[i]
		s.winsorised = s.reports
		if upper := f.upper(s); s.reports > upper && f.b.Exposure >= 24*time.Hour {
			beyond := min(s.reports/upper-1, 1)
			s.winsorised = upper + beyond*(s.mean-upper)
		}
	}
}

// acceptShift takes a level that has lasted for a day for the new one: when
// nearly every span of the last 24 hours was out of its range.
func (f *fit) acceptShift() {
	reports, exposure, counted := 0.0, 0.0, 0.0
	high, n := 0, 0
	for i := range f.spans {
		s := &f.spans[i]
		if s.age >= 24*time.Hour {
			continue
		}
		n++
		counted += s.minutes
		reports += s.reports
		exposure += s.minutes * s.season
		if s.winsorised < s.reports {
			high++
		}
	}
	if counted >= 20*60 && 10*high >= 9*n {
		f.b.Level = (reports + weekWorth) / (exposure + weekWorth/f.b.Level)
		f.predict()
		f.winsorise()
	}
}
