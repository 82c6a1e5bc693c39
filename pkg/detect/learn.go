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
	fade = 0.75
	// The worths, in reports, shrink the three layers of the season: hour of day,
	// weekday or weekend, hour of week.
	dayWorth     = 6
	weekendWorth = 10
	hourWorth    = 14
	// recentWorth shrinks what the last hours showed.
	recentWorth = 25
	// Clumping 1.3 worth 50 reports, wander 0.02 (14 % from hour to hour) worth
	// 72 hours.
	clumping, clumpingWorth = 1.3, 50
	wander, wanderWorth     = 0.02, 72
	// dense is the count of a span from which on it tells of the wander.
	dense = 10
	// rounds of winsorising and learning again; the fourth moves the level of an
	// ordinary cell by less than one part in a thousand.
	rounds = 4
)

// SeasonNeeds is how many reports a season of its own takes; under it the
// parent's is used.
const SeasonNeeds = 200

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
	f.start()
	for range rounds {
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
	start   time.Time
	width   time.Duration
	hour    int     // of the week, local
	season  float64 // mean factor, by the present baseline
	minutes float64 // counted
	reports float64
	kept    float64 // reports after winsorising
	mean    float64 // by the present baseline
	age     time.Duration
	weight  float64 // by age
}

// fit is a baseline being learned.
type fit struct {
	b       *Baseline
	parent  *Baseline
	spans   []span
	prior   float64 // level before any data
	own     float64 // how far the season follows each single span, in [0, 1)
	season0 *Season // season before any data, by the cell's own clocks
}

func newFit(history []Count, end time.Time, parent *Baseline) *fit {
	f := &fit{parent: parent, prior: defaultLevel, season0: flatSeason(end.Location())}
	f.b = &Baseline{End: end, Recent: 1, Season: f.season0, Clumping: clumping, Wander: wander}
	if parent != nil {
		f.prior, f.b.Season, f.season0 = parent.Level, parent.Season, parent.Season.in(end.Location(), end)
		f.b.Clumping, f.b.Wander = parent.Clumping, parent.Wander
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
			hour:    weekSecond(at, f.season0.offset(at)) / 3600,
			minutes: c.Known * c.Width.Minutes(),
			reports: c.N,
			age:     end.Sub(stop),
		}
		s.weight = math.Pow(fade, s.age.Hours()/hours)
		f.b.Known += time.Duration(c.Known * float64(c.Width))
		f.spans = append(f.spans, s)
	}
	f.adopt(f.b.Season)
	f.b.Backed = f.b.Known
	if parent != nil {
		f.b.Backed = max(f.b.Known, parent.Backed)
	}
	return f
}

// start takes a first, robust guess: of each hour of the day the mean of its
// spans without the highest fifth.
func (f *fit) start() {
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
		guess[h] = trimmed(r)
		sum += guess[h]
		n++
	}
	f.b.Level = f.prior
	if n > 0 {
		f.b.Level = (sum/n*f.b.Known.Minutes() + levelWorth) / (f.b.Known.Minutes() + levelWorth/f.prior)
	}
	if sum > 0 && n == 24 && sum/n*f.b.Known.Minutes() >= SeasonNeeds {
		first := *f.season0
		for i := range first.Factors {
			first.Factors[i] = guess[i%24] / (sum / n)
		}
		f.adopt(&first)
	}
	f.predict()
	for i := range f.spans {
		f.spans[i].kept = f.spans[i].mean
	}
	f.learnDoubt()
}

// trimmed returns the mean of r without its highest fifth.
func trimmed(r []float64) float64 {
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
func (f *fit) adopt(s *Season) {
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
		s.kept = s.reports
		if upper := f.upper(s); s.reports > upper && f.b.Known >= 24*time.Hour {
			beyond := min(s.reports/upper-1, 1)
			s.kept = upper + beyond*(s.mean-upper)
		}
	}
}

// learnSeason learns the season in three layers, each shrunk to the one before
// it.
func (f *fit) learnSeason() {
	reports, expected, weighted := 0.0, 0.0, 0.0
	for i := range f.spans {
		s := &f.spans[i]
		if s.width <= time.Hour {
			reports += s.kept
		}
		weighted += s.weight * s.kept
		expected += s.weight * f.season0.Factors[s.hour] * s.minutes
	}
	f.own = 0
	if reports < SeasonNeeds || f.b.Known < 24*time.Hour {
		own := f.season0
		if f.parent != nil {
			own = f.parent.Season // one table for all that have none
		}
		f.adopt(own)
		f.predict()
		return
	}
	season := *f.season0
	rate := weighted / expected
	layer := func(worth float64, slot func(hour int) int) {
		var seen, usual [hours]float64
		for i := range f.spans {
			s := &f.spans[i]
			seen[slot(s.hour)] += s.weight * s.kept
			usual[slot(s.hour)] += s.weight * rate * season.Factors[s.hour] * s.minutes
		}
		for h := range season.Factors {
			season.Factors[h] *= (seen[slot(h)] + worth) / (usual[slot(h)] + worth)
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
	f.adopt(&season)
	f.own = f.leverage()
}

// leverage returns the share of a span's deviation that ends up in the mean of
// its own hour of the week: one part in as many weeks as were seen, less what
// shrinkage holds back.
func (f *fit) leverage() float64 {
	weight, square := 0.0, 0.0
	for i := range f.spans {
		s := &f.spans[i]
		weight += s.weight * s.minutes
		square += s.weight * s.weight * s.minutes
	}
	seen := max(weight*weight/square/(hours*60), 1)
	slot := f.b.Level * weight / hours
	return min(slot/(slot+hourWorth)/seen, 0.5)
}

// learnLevel learns the level as a gamma-Poisson mean of the last week, shrunk
// to that of the memory, which is shrunk to the prior (DuMouchel 1999).
func (f *fit) learnLevel() {
	all, exposure := 0.0, 0.0
	last, lastExposure := 0.0, 0.0
	for i := range f.spans {
		s := &f.spans[i]
		minutes := s.minutes * s.season
		all += s.weight * s.kept
		exposure += s.weight * minutes
		if s.age < hours*time.Hour {
			last += s.kept
			lastExposure += minutes
		}
	}
	level := (all + levelWorth) / (exposure + levelWorth/f.prior)
	f.b.Level = (last + weekWorth) / (lastExposure + weekWorth/level)
	f.learnDoubt()
	f.predict()
}

// learnDoubt says how uncertain the learned mean is, as a relative variance: by
// the reports behind the hour of the week, the last week and the memory, and by
// what the first days, its own or its parent's, cannot have shown.
func (f *fit) learnDoubt() {
	all, last, weeks := 0.0, 0.0, 0.0
	for i := range f.spans {
		s := &f.spans[i]
		all += s.weight * s.kept
		weeks += s.weight * s.minutes / (hours * 60)
		if s.age < hours*time.Hour {
			last += s.kept
		}
	}
	f.b.Doubt = 1/(weeks*60*f.b.Level+hourWorth) + 1/(last+weekWorth) + 1/(all+levelWorth)
	seen := f.b.Backed.Hours()
	f.b.Doubt += 0.6*max(0, 1-seen/24) + 0.1*max(0, 1-seen/hours)
}

// learnVariance learns how the spans scatter round their means: in proportion
// to the mean where counts are small, to its square where they are large. The
// spans have drawn their means towards themselves, so that they scatter less
// than what is forecast from them will; both is made up for.
func (f *fit) learnVariance() {
	phi, c2 := clumping, wander
	if f.parent != nil {
		phi, c2 = f.parent.Clumping, f.parent.Wander
	}
	scatter, mean := phi*clumpingWorth, float64(clumpingWorth)
	for i := range f.spans {
		if s := &f.spans[i]; s.mean < dense {
			scatter += (s.kept - s.mean) * (s.kept - s.mean) / (1 - f.own)
			mean += s.mean
		}
	}
	f.b.Clumping = min(max(scatter/mean, 1.05), 10)
	relative, n := c2*wanderWorth, float64(wanderWorth)
	for i := range f.spans {
		if s := &f.spans[i]; s.mean >= dense {
			relative += ((s.kept-s.mean)*(s.kept-s.mean)/(1-f.own) - f.b.Clumping*s.mean) / (s.mean * s.mean)
			n++
		}
	}
	f.b.Wander = min(max((1+f.own)*relative/n, 0.005), 1)
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
		if s.kept < s.reports {
			high++
		}
	}
	if counted >= 20*60 && 10*high >= 9*n {
		f.b.Level = (reports + weekWorth) / (exposure + weekWorth/f.b.Level)
		f.predict()
		f.winsorise()
	}
}

// learnRecent compares the last hours with their means. A span out of its range
// counts as a quarter above it, so that an outage does not become usual within
// hours.
func (f *fit) learnRecent() {
	r := newRecency()
	for i := range f.spans {
		s := &f.spans[i]
		x := s.kept
		if s.kept < s.reports {
			x = min(x, 1.25*s.mean)
		}
		r.add(s.age, s.width, x, s.mean)
	}
	f.b.Recent = r.factor()
}

// Renewed returns b with what the last hours before end showed, of which history
// holds at least two days. It is what Learn would say but for the level, season
// and variance, which move slowly.
func (b *Baseline) Renewed(history []Count, end time.Time) *Baseline {
	next := *b
	next.End, next.Recent = end, 1
	r := newRecency()
	for _, c := range history {
		if c.Known <= 0 || c.Start.Add(c.Width).After(end) {
			continue
		}
		mean := next.Level * next.Season.mean(c.Start, c.Width) * c.Known * c.Width.Minutes()
		upper := mean + 3*math.Sqrt(mean+mean*mean/next.size(max(mean, 1e-9))) + 1
		x := c.N
		if x > upper && next.Known >= 24*time.Hour {
			x = min(upper, 1.25*mean)
		}
		r.add(end.Sub(c.Start.Add(c.Width)), c.Width, x, mean)
	}
	next.Recent = r.factor()
	return &next
}

// recency compares the last hours with their means.
type recency struct{ reports, expected float64 }

func newRecency() recency { return recency{recentWorth, recentWorth} }

// add takes a span of this age; days and what is older than two of them tell
// nothing of the last hours.
func (r *recency) add(age, width time.Duration, reports, mean float64) {
	if age >= 48*time.Hour || width > time.Hour {
		return
	}
	w := math.Exp2(-age.Hours() / recentHalfLife.Hours())
	r.reports += w * reports
	r.expected += w * mean
}

func (r *recency) factor() float64 { return min(max(r.reports/r.expected, 0.5), 3) }
