package detect

import (
	"math"
	"time"
)

// Dials are the settings of a detector. Zero quorums are off.
type Dials struct {
	// Width is the length of a bucket, from a minute to an hour.
	Width time.Duration
	// Windows are the windows that are judged, shortest first, in whole buckets,
	// at most 60 of them.
	Windows []time.Duration
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

// budget is what the false alarms of a house are reckoned with: a house that
// counts so many reports a day, over all its cells together, allows one false
// alarm a day before quorums.
const budget = 1e6

// Defaults are the dials of the live monitor.
//
// The threshold follows from the budget: an anomaly can only begin in a bucket
// that holds a report, so with R reports a day at most R judgements a day can
// begin one, each with probability e^-threshold when nothing is wrong. One
// false alarm a day over all cells asks for ln R = 13.8 nats at R = 10^6,
// however many cells there are. Neighbouring windows share their reports, so the
// real rate is lower, and the quorum lowers it again.
func Defaults() Dials {
	return Dials{
		Width:           time.Minute,
		Windows:         []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour},
		Threshold:       math.Log(budget),
		WarningNetworks: 3,
		OutageNetworks:  10,
		LargestShare:    0.4,
		ColdStart:       2 * time.Hour,
	}
}

// buckets returns how many buckets w holds.
func (d Dials) buckets(w time.Duration) int { return min(int(w/d.Width), depth) }
