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
	// Agree is how many buckets must agree: in each window no bucket counts for
	// more than the Agree-th largest. 1 caps nothing; it is for cells whose
	// sources are known, where the quorum does this work better.
	Agree int
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
		Agree:           1,
		Threshold:       math.Log(budget),
		WarningNetworks: 3,
		OutageNetworks:  10,
		LargestShare:    0.4,
		ColdStart:       2 * time.Hour,
	}
}

// Single are the dials for one series alone, as a backtest has it: nothing is
// known of its sources, so no quorum is asked for, and instead more than one
// bucket must agree as long as buckets are short. From 15 minutes on one bucket
// is all the evidence there is in time.
func Single(width time.Duration) Dials {
	d := Dials{Width: width, Agree: 1, Threshold: 11, LargestShare: 1}
	spans := []time.Duration{1, 4, 12}
	switch {
	case width < 5*time.Minute:
		d.Agree = 3
		spans = []time.Duration{3, 5, 15, 60}
	case width < 15*time.Minute:
		d.Agree = 2
		spans = []time.Duration{2, 4, 12}
	}
	for _, n := range spans {
		d.Windows = append(d.Windows, n*width)
	}
	return d
}

// buckets returns how many buckets w holds.
func (d Dials) buckets(w time.Duration) int { return min(int(w/d.Width), depth) }
