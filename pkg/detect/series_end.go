package detect

import "math"

// The end of an anomaly of a single series is found by a CUSUM in reverse: "the
// counts are almost back at the baseline" against "they are still up". It differs
// from the end test of a cell in the alternative, which adapts to the peak.
//
// How long it takes is a trade: an outage decays, and a sparse series needs hours
// to tell twice the expected rate from four times.
const (
	endTestScore       = 4.0  // nats that end an anomaly
	endTestStep        = 3.0  // most nats that one bucket adds or takes
	endTestPerMinute   = 1.3  // most nats that one minute adds, so that no lull of three ends an anomaly
	endTestNull        = 1.4  // multiple of the baseline at which the anomaly is over
	endTestAlternative = 2.2  // least multiple at which it continues
	endTestPeakShare   = 0.25 // largest share of the peak that is taken for the alternative
	endTestMinutes     = 40.0 // minutes that the test aims to take
	endTestSmoothing   = 5.0  // half-life of RecentRatio in minutes
	silentEnd          = 60.0 // minutes without a report that end the anomaly of a sparse series
	sparseRate         = 3.0  // expected reports an hour below which a series is sparse
)

// EndTest is the test whether an anomaly of a Series is over.
type EndTest struct {
	Score         float64 `json:"sum"`    // nats for its end
	PeakRatio     float64 `json:"peak"`   // highest RecentRatio, with peakHalfLife
	RecentRatio   float64 `json:"now"`    // counted to expected reports of the last minutes
	SilentMinutes float64 `json:"silent"` // minutes since the last report
}

// newEndTest returns the test for an anomaly that began at this ratio of counted
// to expected reports.
func newEndTest(ratio float64) EndTest { return EndTest{PeakRatio: ratio, RecentRatio: ratio} }

// step moves e over a bucket of this length and reports whether the anomaly is
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
	ongoing := e.ongoingMultiple(mean / minutes)
	l := (ongoing-endTestNull)*mean - x*math.Log(ongoing/endTestNull)
	e.Score = max(0, e.Score+min(max(l, -endTestStep), endTestStep, endTestPerMinute*minutes))
	return e.Score >= endTestScore || mean/minutes*60 < sparseRate && e.SilentMinutes >= silentEnd
}

// ongoingMultiple returns the alternative as a multiple of the baseline: the least
// multiple that counts at endTestNull would refute within endTestMinutes at this
// expected rate per minute. It lies between endTestAlternative and a share of the
// peak.
func (e *EndTest) ongoingMultiple(rate float64) float64 {
	most := endTestPeakShare * e.PeakRatio
	if most <= endTestAlternative {
		return endTestAlternative
	}
	// With u the null, counts at the null add s - u - u·ln(s/u) nats per expected
	// report. That is convex in s, so Newton's method from above converges.
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
