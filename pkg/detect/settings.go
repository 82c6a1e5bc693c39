package detect

import (
	"math"
	"time"
)

// Settings are the settings of a detector. A quorum of 0 asks for none.
type Settings struct {
	// Width is the length of a bucket, from a minute to an hour.
	Width time.Duration
	// Threshold is the score in nats at which an anomaly begins.
	Threshold float64
	// WarningNetworks and OutageNetworks are the quorums: the fewest distinct
	// networks behind the excess for a warning and for an outage.
	WarningNetworks int
	OutageNetworks  int
	// WarningHolders and OutageHolders are the quorums in holders of addresses.
	WarningHolders int
	OutageHolders  int
	// LargestShare is the largest share of the excess that one network or one holder
	// may have in an outage, in [0, 1].
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
		WarningHolders:  2,
		OutageHolders:   4,
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
//	e^-h · R · sum of k over the arms
//
// which is the B anomalies a day that are allowed at h = ln(R·sum of k/B). The
// number of cells does not enter.
func Threshold(reportsPerDay, falsePerDay float64) float64 {
	r := cellsPerReport * max(reportsPerDay, minReportsPerDay)
	return math.Log(sumOfMultiples*r/falsePerDay) - slack
}

// SingleSettings returns the settings for a series that is judged alone, in
// buckets of this width: it has no sources, so it needs no quorum.
//
// An excursion begins in a bucket, and there are fewer wide buckets in a week:
// the threshold falls by the logarithm of the width. At a minute it was chosen
// by measurement for about one false alarm in 500 weeks (internal/scorecard, on
// its tuning seeds).
func SingleSettings(width time.Duration) Settings {
	return Settings{Width: width, Threshold: singleThreshold - math.Log(width.Minutes()), ColdStart: Defaults().ColdStart}
}

const (
	// singleThreshold is the threshold of a series in buckets of a minute, in nats.
	singleThreshold = 11.6
	// From wideBucket on, a bucket is all the evidence that comes in time: nothing
	// caps it, and on the first day a share of the threshold is enough, because the
	// forecasts of that day are wide and its buckets few.
	wideBucket    = 15 * time.Minute
	wideColdShare = 0.66
)

// thresholdFor returns the score at which an anomaly of a cell with baseline b
// begins.
func (cfg Settings) thresholdFor(b *Baseline) float64 {
	if cfg.Width >= wideBucket && b.LongestExposure < firstDay {
		return wideColdShare * cfg.Threshold
	}
	return cfg.Threshold
}

// The cap of a bucket trades speed against bursts. With few networks behind the
// excess, a bucket of under five minutes adds at most minuteShare of the
// threshold: a third and a little more for what leaks, so that at least three
// buckets must agree. Of wider ones two must agree. From fewNetworks to
// allNetworks the cap rises to all of the threshold.
const (
	minuteShare     = 0.35
	fewMinutesShare = 0.52
	fewNetworks     = 6
	allNetworks     = 20
)

// bucketCap returns the most that one bucket may add to an arm, in nats, with
// this number of networks behind the excess. One loud sender never makes an
// anomaly at once; many independent ones may.
func (cfg Settings) bucketCap(networks int) float64 {
	share := minuteShare
	switch {
	case cfg.Width >= wideBucket:
		return math.Inf(1)
	case cfg.Width >= 5*time.Minute:
		share = fewMinutesShare
	}
	by := float64(networks-fewNetworks) / (allNetworks - fewNetworks)
	by = min(max(by, 0), 1)
	return share*cfg.Threshold + by*(cfg.Threshold+1-share*cfg.Threshold)
}

const (
	// leakHalfLife is the half-life of evidence.
	leakHalfLife = 3 * time.Hour
	// On the first day of a cell, in which the rhythm of its day is not yet learned,
	// evidence leaks faster: an hour above the mean is more likely a part of that
	// rhythm than an outage. A wide bucket lasts for coldLeakBuckets of its kind.
	coldLeakHalfLife = 30 * time.Minute
	coldLeakBuckets  = 12
)

// retention returns the share of its evidence that a cell with baseline b keeps
// from one bucket to the next.
func (cfg Settings) retention(b *Baseline) float64 {
	half := leakHalfLife
	if b.LongestExposure < firstDay {
		half = min(half, max(coldLeakHalfLife, coldLeakBuckets*cfg.Width))
	}
	return math.Exp2(-cfg.Width.Hours() / half.Hours())
}

// buckets returns the number of buckets in w, at most those that a State holds.
func (cfg Settings) buckets(w time.Duration) int { return min(int(w/cfg.Width), depth) }
