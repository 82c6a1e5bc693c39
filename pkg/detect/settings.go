package detect

import (
	"math"
	"time"
)

// Settings are the settings of a detector. A quorum of 0 networks asks for none.
type Settings struct {
	// Width is the length of a bucket, from a minute to an hour.
	Width time.Duration
	// Threshold is the score in nats at which an anomaly begins.
	Threshold float64
	// WarningNetworks and OutageNetworks are the quorums: the fewest distinct
	// networks behind the excess for a warning and for an outage.
	WarningNetworks int
	OutageNetworks  int
	// LargestShare is the largest share of the excess that one network may hold in
	// an outage, in [0, 1].
	LargestShare float64
	// ColdStart is how long a cell without history or parent reaches at most a
	// warning.
	ColdStart time.Duration
}

// Defaults returns the settings of the live monitor in an installation without
// history.
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
	// minReportsPerDay is the least number of reports a day that Threshold
	// reckons with. A threshold for fewer would rest on the forecasts being exact.
	minReportsPerDay = 10_000
	// cellsPerReport is the number of cells that count a report: the service, its
	// country and its symptom.
	cellsPerReport = 3
	// slack is what the bound of Threshold gives away, in nats. A simulated quiet
	// year of 3,000 services in 20 countries had 21 warnings, two of them outages,
	// where 365 were allowed (docs/scorecard-year.md).
	slack = 2
)

// Threshold returns the score in nats at which an anomaly begins, in an
// installation with reportsPerDay reports a day that allows falsePerDay false
// alarms a day over all its cells, before quorums.
//
// An excursion of an arm can only begin at a report. At a report, the arm of the
// multiple k begins one that reaches h with a probability of at most k·e^-h
// (Ville's inequality). With R reports a day over all cells, anomalies per day
// are at most
//
//	e^-h · sum over arms of k·R
//
// The number of cells does not enter. Each of the four arms gets a quarter of
// the B anomalies a day that are allowed: h = ln(4·k·R/B). A score has ln k less
// ln of the lowest multiple subtracted already, so one threshold serves all
// arms.
func Threshold(reportsPerDay, falsePerDay float64) float64 {
	r := cellsPerReport * max(reportsPerDay, minReportsPerDay)
	return math.Log(float64(len(multiples))*multiples[0]*r/falsePerDay) - slack
}

// The cap of a bucket trades speed against bursts. With few networks behind the
// excess, a bucket adds at most bucketShare of the threshold: a third and a
// little more for what leaks, so that at least three buckets must agree. From
// fewNetworks to allNetworks the cap rises to all of the threshold.
const (
	bucketShare = 0.35
	fewNetworks = 6
	allNetworks = 20
)

// bucketCap returns the most that one bucket may add to an arm, in nats, with
// this number of networks behind the excess. One loud sender never makes an
// anomaly at once; many independent ones may.
func (cfg Settings) bucketCap(networks int) float64 {
	by := float64(networks-fewNetworks) / (allNetworks - fewNetworks)
	by = min(max(by, 0), 1)
	// An arm of a high multiple has to reach more than the threshold.
	most := cfg.Threshold + logMultiples[len(multiples)-1] - logMultiples[0] + 1
	return bucketShare*cfg.Threshold + by*(most-bucketShare*cfg.Threshold)
}

// coldLeakHalfLife is the half-life of evidence on the first day of a cell, in
// which the rhythm of its day is not yet learned: an hour above the mean is more
// likely a part of that rhythm than an outage.
const coldLeakHalfLife = 30 * time.Minute

// retention returns the share of its evidence that a cell with baseline b keeps
// from one bucket to the next.
func (cfg Settings) retention(b *Baseline) float64 {
	half := leakHalfLife
	if b.LongestExposure < warmHours*time.Hour {
		half = coldLeakHalfLife
	}
	return math.Exp2(-cfg.Width.Hours() / half.Hours())
}

// buckets returns the number of buckets in w, at most those that a State holds.
func (cfg Settings) buckets(w time.Duration) int { return min(int(w/cfg.Width), depth) }
