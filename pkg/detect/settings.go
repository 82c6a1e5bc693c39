package detect

import (
	"math"
	"time"
)

// Dials are the settings of a detector. Zero quorums are off.
type Settings struct {
	// Width is the length of a bucket, from a minute to an hour.
	Width time.Duration
	// Threshold is the score in nats at which an anomaly begins.
	Threshold float64
	// WarningNetworks and OutageNetworks are the fewest distinct networks that
	// must be behind the evidence for the level.
	WarningNetworks int
	OutageNetworks  int
	// LargestShare is the largest share of the evidence that one network may
	// hold in an outage.
	LargestShare float64
	// ColdStart is how long a cell without history or parent stays at warning.
	ColdStart time.Duration
}

// Defaults are the dials of the live monitor in an installation of which nothing is
// known yet.
func Defaults() Settings {
	return Settings{
		Width:           time.Minute,
		Threshold:       Threshold(0, 1),
		WarningNetworks: 3,
		OutageNetworks:  10,
		LargestShare:    0.4,
		ColdStart:       2 * time.Hour,
	}
}

const (
	// leastReports is the number of reports a day under which an installation counts as
	// one of that size: a threshold for fewer would rest on the forecasts being
	// exact.
	minReportsPerDay = 10_000
	// levels is how many cells a report is counted in: its service's, its
	// country's and its symptom's.
	cellsPerReport = 3
	// slack is what the bound of Threshold leaves: a quiet year of 3,000 services in
	// 20 countries had 21 warnings, two outages among them, where 365 are allowed
	// (docs/scorecard-year.md).
	slack = 2
)

// Threshold returns the score in nats at which anomalies begin in an installation that
// counts so many reports a day and allows so many false alarms a day over all
// its cells, before quorums.
//
// An excursion of an arm can only begin at a report, and where the arm of the
// multiple k is at 0 a report begins one with the probability of at most k times
// that of a usual one, so that anomalies per day are at most
//
//	e^-h · sum over arms of k·R
//
// for R reports a day over all cells (Ville's inequality; the number of cells
// does not enter). Each of the four arms gets a quarter: h = ln(4·k·R/B) for B
// anomalies a day. Scores have the part of k taken off already, down to the
// lowest multiple.
func Threshold(reportsPerDay, falsePerDay float64) float64 {
	r := cellsPerReport * max(reportsPerDay, minReportsPerDay)
	return math.Log(float64(len(multiples))*multiples[0]*r/falsePerDay) - slack
}

// Of what one bucket may add at most: a third of the threshold, and a little
// more for what leaks, so that at least three must agree; with more networks
// behind the excess than fewNetworks more, up to all of it.
const (
	bucketShare = 0.35
	fewNetworks = 6
	allNetworks = 20
)

// limit returns what one bucket may add in nats when so many networks are behind
// the excess. A burst of one hand never decides; a crowd may at once.
func (d Settings) bucketCap(networks int) float64 {
	by := float64(networks-fewNetworks) / (allNetworks - fewNetworks)
	by = min(max(by, 0), 1)
	// An arm of a high multiple has to reach more than the threshold.
	most := d.Threshold + logMultiples[len(multiples)-1] - logMultiples[0] + 1
	return bucketShare*d.Threshold + by*(most-bucketShare*d.Threshold)
}

// coldLeak is how fast evidence is forgotten on a cell's first day, when the
// rhythm of the day is not known.
const coldLeakHalfLife = 30 * time.Minute

// keep is how much of its evidence a cell with this baseline keeps from one
// bucket to the next.
func (d Settings) retention(b *Baseline) float64 {
	half := leakHalfLife
	if b.LongestExposure < warmHours*time.Hour {
		half = coldLeakHalfLife
	}
	return math.Exp2(-d.Width.Hours() / half.Hours())
}

// buckets returns how many buckets w holds.
func (d Settings) buckets(w time.Duration) int { return min(int(w/d.Width), depth) }
