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
	// seasonNeeds is how many reports a season of its own takes; under it the
	// parent's is used. The worths shrink its three layers: hour of day, weekday
	// or weekend, hour of week.
	seasonNeeds  = 200
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

// Learn returns the baseline of a cell as of end from its history: dense spans,
// oldest first, of which those after end and those older than four weeks are
// ignored. Hours are counted in the time zone of end. What the cell's own
// history is too small to tell comes from parent, or without one from a wide
// default.
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
	hour    int     // of the week, local
	minutes float64 // counted
	reports float64
	kept    float64 // reports after winsorising
	mean    float64 // by the present baseline
	age     time.Duration
	weight  float64 // by age
	at      time.Time
	offset  int
}

// fit is a baseline being learned.
type fit struct {
	b       *Baseline
	parent  *Baseline
	spans   []span
	prior   float64        // level before any data
	own     float64        // how far the season follows each single span, in [0, 1)
	season0 [hours]float64 // season before any data
}

func newFit(history []Count, end time.Time, parent *Baseline) *fit {
	f := &fit{parent: parent, prior: defaultLevel}
	f.b = &Baseline{End: end, Recent: 1, Zone: end.Location().String(), place: end.Location(), Clumping: clumping, Wander: wander}
	if f.b.Zone == "Local" {
		f.b.Zone, f.b.place = "UTC", time.UTC // a baseline must not depend on the machine
	}
	for i := range f.season0 {
		f.season0[i] = 1
	}
	if parent != nil {
		f.prior, f.season0 = parent.Level, parent.Season
		f.b.Clumping, f.b.Wander = parent.Clumping, parent.Wander
	}
	f.b.Season = f.season0
	for _, c := range history {
		stop := c.Start.Add(c.Width)
		if c.Known <= 0 || stop.After(end) || c.Start.Before(end.Add(-memory)) {
			continue
		}
		at := c.Start.Add(c.Width / 2)
		off := f.b.offset(at)
		s := span{
			hour:    weekSecond(at, off) / 3600,
			minutes: c.Known * c.Width.Minutes(),
			reports: c.N,
			age:     end.Sub(stop),
			at:      at,
			offset:  off,
		}
		s.weight = math.Pow(fade, s.age.Hours()/hours)
		f.b.Known += time.Duration(c.Known * float64(c.Width))
		f.spans = append(f.spans, s)
	}
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
	if sum > 0 && n == 24 && sum/n*f.b.Known.Minutes() >= seasonNeeds {
		for i := range f.b.Season {
			f.b.Season[i] = guess[i%24] / (sum / n)
		}
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

// predict sets the mean of every span.
func (f *fit) predict() {
	for i := range f.spans {
		s := &f.spans[i]
		s.mean = f.b.Level * f.b.season(s.at, s.offset) * s.minutes
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
		reports += s.kept
		weighted += s.weight * s.kept
		expected += s.weight * f.season0[s.hour] * s.minutes
	}
	f.b.Season, f.own = f.season0, 0
	if reports < seasonNeeds || f.b.Known < 24*time.Hour {
		f.predict()
		return
	}
	rate := weighted / expected
	layer := func(worth float64, slot func(hour int) int) {
		var seen, usual [hours]float64
		for i := range f.spans {
			s := &f.spans[i]
			seen[slot(s.hour)] += s.weight * s.kept
			usual[slot(s.hour)] += s.weight * rate * f.b.Season[s.hour] * s.minutes
		}
		for h := range f.b.Season {
			f.b.Season[h] *= (seen[slot(h)] + worth) / (usual[slot(h)] + worth)
		}
	}
	layer(dayWorth, func(h int) int { return h % 24 })
	layer(weekendWorth, func(h int) int { return h%24 + 24*(h/120) }) // hours 120 to 167 are the weekend
	layer(hourWorth, func(h int) int { return h })
	sum := 0.0
	for _, x := range f.b.Season {
		sum += x
	}
	for h := range f.b.Season {
		f.b.Season[h] *= hours / sum
	}
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
		minutes := s.minutes * f.b.season(s.at, s.offset)
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
		exposure += s.minutes * f.b.season(s.at, s.offset)
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
	reports, expected := float64(recentWorth), float64(recentWorth)
	for i := range f.spans {
		s := &f.spans[i]
		if s.age >= 48*time.Hour {
			continue
		}
		x := s.kept
		if s.kept < s.reports {
			x = min(x, 1.25*s.mean)
		}
		w := math.Exp2(-s.age.Hours() / recentHalfLife.Hours())
		reports += w * x
		expected += w * s.mean
	}
	f.b.Recent = min(max(reports/expected, 0.5), 3)
}
