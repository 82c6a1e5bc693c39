package detect

import "math"

// The end of an anomaly of a single series is a CUSUM in reverse, "the counts
// are still up" against "they are nearly usual".
//
// How long it may take is a trade: an outage decays, and while it does a sparse
// series tells twice the usual rate from four times only in hours.
const (
	endTestScore       = 4.0  // nats that end an anomaly
	endTestStep        = 3.0  // nats that one bucket may add or take
	endTestPerMinute   = 1.3  // nats that one minute may add: a lull of three ends nothing
	endTestNull        = 1.4  // multiple of the usual rate that is over
	endTestAlternative = 2.2  // least multiple that is not
	endTestPeakShare   = 0.25 // of the level seen, the most that is still held against it
	endTestMinutes     = 40.0 // minutes that the test is to take
	endTestSmoothing   = 5.0  // minutes over which the level is seen
	silentEnd          = 60.0 // silent minutes that end the anomaly of a sparse series
	sparseRate         = 3.0  // reports usual in an hour under which a series is sparse
)

// Ebb is the test whether an anomaly is over.
type EndTest struct {
	Score         float64 `json:"sum"`    // nats for its being over
	PeakRatio     float64 `json:"peak"`   // highest multiple seen, halving in two hours
	RecentRatio   float64 `json:"now"`    // multiple of the last minutes
	SilentMinutes float64 `json:"silent"` // minutes without a report
}

func newEndTest(multiple float64) EndTest { return EndTest{PeakRatio: multiple, RecentRatio: multiple} }

// step moves e over a bucket of so many minutes and tells whether the anomaly is
// over.
func (e *EndTest) step(x, mean, minutes float64) bool {
	w := math.Exp2(-minutes / endTestSmoothing)
	e.RecentRatio = w*e.RecentRatio + (1-w)*x/mean
	e.PeakRatio = max(e.PeakRatio*math.Exp2(-minutes/peakHalfLife.Minutes()), e.RecentRatio)
	if x > 0 {
		e.SilentMinutes = 0
	} else {
		e.SilentMinutes += minutes
	}
	still := e.ongoingMultiple(mean / minutes)
	l := (still-endTestNull)*mean - x*math.Log(still/endTestNull)
	e.Score = max(0, e.Score+min(max(l, -endTestStep), endTestStep, endTestPerMinute*minutes))
	return e.Score >= endTestScore || mean/minutes*60 < sparseRate && e.SilentMinutes >= silentEnd
}

// still returns the multiple that counts as not over: the least one that usual
// counts of this rate per minute refute in time, at most a share of what was
// seen.
func (e *EndTest) ongoingMultiple(rate float64) float64 {
	most := endTestPeakShare * e.PeakRatio
	if most <= endTestAlternative {
		return endTestAlternative
	}
	// Usual counts add s - u - u ln(s/u) nats per expected report; it is convex
	// in s, so Newton's steps from above come down to the root.
	need := endTestScore / (rate * endTestMinutes)
	s := most
	for range 8 {
		over := s - endTestNull - endTestNull*math.Log(s/endTestNull) - need
		if over <= 0 {
			break
		}
		s -= over / (1 - endTestNull/s)
		if s <= endTestAlternative {
			return endTestAlternative
		}
	}
	return s
}
