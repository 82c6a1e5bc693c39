package detect

import (
	"math"
	"time"
)

// The end of an anomaly is a test in reverse: a CUSUM (Page 1954) of "the
// counts are usual" against "they are still up".
const (
	// relieved is the evidence that ends an anomaly, easing the one that shows
	// it ebbing, in nats.
	endingScore = 8.0
	easingScore = 4.0
	// reliefPerMinute bounds what one minute can add, so that no lull of under
	// ten minutes ends an anomaly, however loud it was.
	endScorePerMinute = endingScore / 10
	// setback bounds what one bucket can take away.
	maxEndSetback = 3.0
	// usualRatio and stillRatio are the two rates that are told apart, as
	// multiples of the baseline; the upper one is at least half the peak. Counts
	// ebb when they are nearer to the lower one, which for a large outage is a
	// fifth of its peak.
	endedRatio   = 1.2
	ongoingRatio = 2.2
	ongoingShare = 0.75
	// peakWindow is the window whose highest rate is the peak; in a shorter one
	// the first reports of a small outage would pass for a large one.
	peakWindow = 15 * time.Minute
	// peakHalfLife is how fast the peak is forgotten, so that a long outage that
	// ebbs is measured by what it has become.
	peakHalfLife = 2 * time.Hour
	// brief is the window in which an anomaly must be gone before it may end.
	goneWindow = 5 * time.Minute
	// gone is the score of that window under which it is; so it is when the window
	// holds less than goneRatio times what is usual.
	goneScore = 3.0
	goneRatio = 2.0
)

// recover moves the anomaly of s over its newest bucket and ends it when the
// counts have been usual for long enough.
func (s *State) stepEnd(d Settings, b *Baseline) {
	mean := s.expected(d, b, 0, 1)
	s.PeakRate = max(s.PeakRate*math.Exp2(-d.Width.Hours()/peakHalfLife.Hours()), s.recentRate(d))
	usual, still := s.endRates(d, mean)
	step := still - usual - float64(s.Discounted[0])*math.Log(still/usual)
	step = min(step, endingScore, endScorePerMinute*d.Width.Minutes())
	step = max(step, -maxEndSetback)
	if s.EndScore == 0 && step > 0 {
		s.EndScoreSince = s.bucketStart(d, 0)
	}
	s.EndScore = min(max(0, s.EndScore+step), endingScore)
	s.Easing = s.EndScore >= easingScore || s.Easing && s.EndScore > 0
	if s.EndScore >= endingScore && s.isGone(d, b) {
		s.endAnomaly(d)
	}
}

// close ends the anomaly at the moment from which the counts were usual.
func (s *State) endAnomaly(d Settings) {
	end := s.EndScoreSince
	s.maskBefore(d, end)
	s.Bank.Top = 0 // an outage tells nothing of the tail of usual times
	s.Bank.clear()
	s.Anomalous, s.QuorumMet, s.Easing = false, false, false
	s.Onset, s.EndScoreSince = time.Time{}, time.Time{}
	s.PeakRate, s.EndScore, s.PreOnsetRatio = 0, 0, 0
	s.Ended = end
}

// rates returns the evidence per bucket that is usual, and that which would
// still be too much.
func (s *State) endRates(d Settings, mean float64) (usual, still float64) {
	mean = max(mean, 1e-9)
	return endedRatio * mean, max(ongoingRatio*mean, ongoingShare*s.PeakRate*d.Width.Minutes())
}

// below returns the reports in window under which the anomaly ebbs: the rate at
// which the test in reverse stands still.
func (s *State) endsBelow(d Settings, b *Baseline, window time.Duration) float64 {
	usual, still := s.endRates(d, s.expected(d, b, 0, 1))
	perBucket := (still - usual) / math.Log(still/usual)
	return perBucket * float64(window) / float64(d.Width)
}

// rate returns the evidence per minute in the window of the peak.
func (s *State) recentRate(d Settings) float64 {
	n := max(d.buckets(peakWindow), 1)
	if said := s.unmasked(n); said > 0 {
		return s.discountedSum(n) / (float64(said) * d.Width.Minutes())
	}
	return 0
}

// gone tells whether nothing stands out any more in the last few minutes.
func (s *State) isGone(d Settings, b *Baseline) bool {
	n := max(d.buckets(goneWindow), 1)
	expected := s.expected(d, b, 0, n)
	x := s.discountedSum(n)
	return x < goneRatio*expected || Tail(x, expected, b.size(expected)) < goneScore
}
