package detect

import (
	"math"
	"slices"
	"time"
)

// The priors of Learn. A constant whose name ends in Worth is the weight of a
// prior in reports, unless its comment names another unit: the prior counts as much as
// that many reports of the cell. A large one keeps a small cell near its prior,
// and hides longer what is particular to it.
const (
	// memory is how far back history counts.
	memory = 28 * 24 * time.Hour
	// defaultLevel is the prior level without a parent: one report in 15 minutes.
	defaultLevel = 1.0 / 15
	// levelWorth is the weight of the prior level, and of that of a parent. Of a
	// very low level it counts as at most maxPriorMinutes: it would take weeks to
	// learn otherwise that a cell is not silent any more.
	levelWorth      = 2
	maxPriorMinutes = 24 * 60
	// weekWorth is the weight of the level of the memory against the last week's.
	weekWorth = 10
	// weekRetention is the weight of a week relative to the week after it.
	weekRetention = 0.75
	// dayWorth, weekendWorth and hourWorth shrink the three layers of the season:
	// hour of the day, weekday or weekend, hour of the week.
	dayWorth     = 6
	weekendWorth = 10
	hourWorth    = 14
	// recentWorth shrinks the recent factor to 1.
	recentWorth = 25
	// priorDispersion is the dispersion before any data.
	priorDispersion, dispersionWorth = 1.3, 50
	// priorRateVariance is the variance of the rate before any data: a standard
	// deviation of 14 % from hour to hour. Its weight is in hours.
	priorRateVariance, rateVarianceWorth = 0.02, 72
	// denseCount is the expected count from which a span shows the variance of the
	// rate. In smaller counts chance hides it.
	denseCount = 10
	// coldHalfLife is the half-life of the weight of history on the first day.
	coldHalfLife = 2 * time.Hour
	// coldUncertainty is the relative variance of the mean that the first day adds.
	coldUncertainty = 0.5
	// fitRounds is how often spans are winsorised and the baseline is learned
	// again. The fourth round moves the level of an ordinary cell by less than one
	// part in a thousand.
	fitRounds = 4
)

// MinSeasonReports is the number of reports in a history from which a cell has a
// season of its own. Below it the parent's is used.
const MinSeasonReports = 200

// Learn returns the baseline of a cell as of end. history holds spans without
// gaps, oldest first; those that end after end and those older than four weeks
// are ignored. The season is in the time zone of end. What the history is too
// small to show comes from parent, or without one from a wide default.
//
// For a cell with fewer than MinSeasonReports reports, a history of days does
// instead of hours: such a cell has no season of its own, and its recent factor
// is close to 1.
//
// Each span is winsorised at its mean + 3 standard deviations + 1, and what lies
// far beyond that has no influence, so that past outages barely move the
// baseline. A new level that has lasted is accepted: then only the history since it
// began counts (see shiftedSince).
func Learn(history []Count, end time.Time, parent *Baseline) *Baseline {
	f := fitTo(history, end, parent)
	if since := f.shiftedSince(); !since.IsZero() {
		known := f.b.LongestExposure
		f = fitSince(history, since, end, parent)
		f.b.LongestExposure = known
	}
	f.learnRecent()
	return f.b
}

// fitTo returns what the history and the priors show.
func fitTo(history []Count, end time.Time, parent *Baseline) *fit {
	f := newFit(history, end, parent)
	f.guess()
	f.learnHighest()
	for range fitRounds {
		f.setCeiling()
		f.winsorise()
		f.learnSeason()
		f.learnLevel()
		f.learnVariance()
	}
	f.setCeiling()
	f.winsorise()
	return f
}

// span is a Count prepared for learning.
type span struct {
	start      time.Time
	width      time.Duration
	hour       int     // hour of the week, local
	season     float64 // mean factor of the present season
	minutes    float64 // counted minutes
	reports    float64 // as counted
	winsorised float64 // reports after winsorising
	mean       float64 // expected reports by the present baseline
	forecast   float64 // expected reports by the baseline and the spans before
	age        time.Duration
	weight     float64 // by age
}

// fit is a baseline while it is learned.
type fit struct {
	b           *Baseline
	parent      *Baseline
	spans       []span
	priorLevel  float64
	ownShare    float64 // share of a span's deviation that its own mean follows, in [0, 1)
	priorSeason *Season // in the time zone of the cell
	highest     float64 // highest level of a week, in reports per minute
}

// newFit returns a fit that holds the priors and the spans of history that
// count.
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
	if f.isFirstDay() {
		counted := 0.0 // hours, so that a gap makes nothing older
		for i := len(f.spans) - 1; i >= 0; i-- {
			f.spans[i].weight = math.Exp2(-counted / coldHalfLife.Hours())
			counted += f.spans[i].minutes / 60
		}
	}
	f.b.LongestExposure = f.b.Exposure
	if parent != nil {
		f.b.LongestExposure = max(f.b.Exposure, parent.LongestExposure)
	}
	return f
}

// isFirstDay reports whether the cell has less than a day of history. The rhythm
// of its day is not known then, and the last hours predict best.
func (f *fit) isFirstDay() bool { return f.b.Exposure < firstDay }

// weekWeight returns the weight of a span in the level of the last week.
func (f *fit) weekWeight(s *span) float64 {
	if f.isFirstDay() {
		return s.weight
	}
	return 1
}

// guess sets a first, robust level and season: for each hour of the day the mean
// of its spans without the highest fifth.
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
		f.b.Level = shrink(sum/n*f.b.Exposure.Minutes(), f.b.Exposure.Minutes(), f.priorLevel, levelWorth, maxPriorMinutes)
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

// trimmedMean returns the mean of r without its highest fifth.
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

// setSeason makes s the season and updates the factors of the spans.
func (f *fit) setSeason(s *Season) {
	if f.b.Season == s && len(f.spans) > 0 && f.spans[0].season > 0 {
		return
	}
	f.b.Season = s
	for i := range f.spans {
		f.spans[i].season = s.mean(f.spans[i].start, f.spans[i].width)
	}
}

// predict updates the means of the spans.
func (f *fit) predict() {
	for i := range f.spans {
		s := &f.spans[i]
		s.mean = f.b.Level * s.season * s.minutes
	}
}

// upper returns the count at which a span is winsorised.
func (f *fit) upper(s *span) float64 {
	mean := f.b.Ceiling * s.mean
	return mean + 3*math.Sqrt(mean+mean*mean/f.b.size(max(mean, 1e-9))) + 1
}

// winsorise limits spans to their range. What lies further beyond the upper edge
// keeps less of its excess, and at twice the edge none of it (Hampel's
// redescending influence function, 1974): with a plain cut, six hours of outage
// would still raise the mean of a quiet week by a tenth. The first day stays as
// it was counted, because there is no range yet.
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
