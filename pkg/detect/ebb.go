package detect

import "math"

// The end of an anomaly of a single series is a CUSUM in reverse, "the counts
// are still up" against "they are nearly usual".
//
// How long it may take is a trade: an outage decays, and while it does a sparse
// series tells twice the usual rate from four times only in hours.
const (
	ebbed     = 4.0  // nats that end an anomaly
	ebbStep   = 3.0  // nats that one bucket may add or take
	ebbMinute = 1.3  // nats that one minute may add: a lull of three ends nothing
	ebbUsual  = 1.4  // multiple of the usual rate that is over
	ebbStill  = 2.2  // least multiple that is not
	ebbShare  = 0.25 // of the level seen, the most that is still held against it
	ebbWithin = 40.0 // minutes that the test is to take
	ebbSmooth = 5.0  // minutes over which the level is seen
	silence   = 60.0 // silent minutes that end the anomaly of a sparse series
	sparse    = 3.0  // reports usual in an hour under which a series is sparse
)

// Ebb is the test whether an anomaly is over.
type Ebb struct {
	Sum    float64 `json:"sum"`    // nats for its being over
	Peak   float64 `json:"peak"`   // highest multiple seen, halving in two hours
	Now    float64 `json:"now"`    // multiple of the last minutes
	Silent float64 `json:"silent"` // minutes without a report
}

func newEbb(multiple float64) Ebb { return Ebb{Peak: multiple, Now: multiple} }

// step moves e over a bucket of so many minutes and tells whether the anomaly is
// over.
func (e *Ebb) step(x, mean, minutes float64) bool {
	w := math.Exp2(-minutes / ebbSmooth)
	e.Now = w*e.Now + (1-w)*x/mean
	e.Peak = max(e.Peak*math.Exp2(-minutes/peakHalfLife.Minutes()), e.Now)
	if x > 0 {
		e.Silent = 0
	} else {
		e.Silent += minutes
	}
	still := e.still(mean / minutes)
	l := (still-ebbUsual)*mean - x*math.Log(still/ebbUsual)
	e.Sum = max(0, e.Sum+min(max(l, -ebbStep), ebbStep, ebbMinute*minutes))
	return e.Sum >= ebbed || mean/minutes*60 < sparse && e.Silent >= silence
}

// still returns the multiple that counts as not over: the least one that usual
// counts of this rate per minute refute in time, at most a share of what was
// seen.
func (e *Ebb) still(rate float64) float64 {
	most := ebbShare * e.Peak
	if most <= ebbStill {
		return ebbStill
	}
	// Usual counts add s - u - u ln(s/u) nats per expected report; it is convex
	// in s, so Newton's steps from above come down to the root.
	need := ebbed / (rate * ebbWithin)
	s := most
	for range 8 {
		over := s - ebbUsual - ebbUsual*math.Log(s/ebbUsual) - need
		if over <= 0 {
			break
		}
		s -= over / (1 - ebbUsual/s)
		if s <= ebbStill {
			return ebbStill
		}
	}
	return s
}
