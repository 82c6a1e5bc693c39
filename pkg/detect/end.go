package detect

import (
	"math"
	"time"
)

// The end of an anomaly is found by a CUSUM in reverse (Page 1954): "the counts
// are back at the baseline" against "they are still up". Its sum is EndScore.
//
// The constants trade how soon an outage is over against how often one is called
// over while it continues.
const (
	// endingScore ends an anomaly and easingScore shows it as easing, in nats.
	endingScore = 4.0
	easingScore = 2.0
	// endScorePerMinute is the most that one minute may add, so that no lull of
	// under ten minutes ends an anomaly, however loud it was.
	endScorePerMinute = endingScore / 10
	// maxEndStep is the most that one bucket may add or take away.
	maxEndStep = 3.0
	// endedRatio and ongoingRatio are the rates of the two hypotheses, as
	// multiples of the baseline. The second may be larger, up to ongoingShare of
	// PeakRate: the least multiple that counts at the first would refute within
	// endMinutes.
	endedRatio   = 1.4
	ongoingRatio = 2.2
	ongoingShare = 0.25
	endMinutes   = 40.0
	// peakWindow is the window of PeakRate. In a shorter one the first reports of a
	// small outage would pass for a large one.
	peakWindow = 15 * time.Minute
	// peakHalfLife is the half-life of PeakRate. A long outage that fades is then
	// measured by what it has become.
	peakHalfLife = 2 * time.Hour
	// goneWindow is the window whose counts must be back before an anomaly ends.
	goneWindow = 5 * time.Minute
	// partWindow is a second such window, for a part of an anomaly that has ended.
	partWindow = 15 * time.Minute
	// The counts of a window are back when their tail probability is above
	// e^-goneScore, or when they are under goneRatio times the expectation.
	goneScore = 3.0
	goneRatio = 2.0
)

// stepEnd moves the end test over the newest bucket, and ends the anomaly when
// the counts have been back for long enough. They are back at common times the
// baseline.
func (s *State) stepEnd(cfg Settings, b *Baseline, common float64) {
	mean := common * s.expected(cfg, b, 0, 1)
	s.PeakRate = max(s.PeakRate*math.Exp2(-cfg.Width.Hours()/peakHalfLife.Hours()), s.recentRate(cfg))
	ended, ongoing := s.endRates(cfg, mean)
	step := ongoing - ended - float64(s.Discounted[0])*math.Log(ongoing/ended)
	step = min(max(step, -maxEndStep), maxEndStep, endScorePerMinute*cfg.Width.Minutes())
	if s.EndScore == 0 && step > 0 {
		s.EndScoreSince = s.bucketStart(cfg, 0)
	}
	s.EndScore = min(max(0, s.EndScore+step), endingScore)
	s.Easing = s.EndScore >= easingScore || s.Easing && s.EndScore > 0
	switch {
	case s.EndScore >= endingScore && s.isBack(cfg, b, common, goneWindow):
		s.endAnomaly(cfg, s.EndScoreSince)
	case s.WholeEnded && s.isBack(cfg, b, common, goneWindow) && s.isBack(cfg, b, common, partWindow):
		end := s.EndScoreSince
		if s.EndScore == 0 {
			end = s.At
		}
		s.endAnomaly(cfg, end)
	}
}

// EndWhole notes that the anomaly of which that of s is a part has ended: of a
// service, or of the last country in which a symptom was reported more. Its few
// reports would take hours to show by themselves that they are back; now it is
// enough that they do not show the contrary.
func (s *State) EndWhole() { s.WholeEnded = s.Anomalous }

// BeginWhole notes that there is an anomaly again of which that of s is a part.
func (s *State) BeginWhole() { s.WholeEnded = false }

// endAnomaly ends the anomaly at the time since which the counts have been back.
func (s *State) endAnomaly(cfg Settings, end time.Time) {
	s.maskBefore(cfg, end)
	s.Bank.Top = 0 // the peak of an outage says nothing about the tail without one
	s.Bank.clear()
	s.Anomalous, s.QuorumMet, s.Easing, s.WholeEnded = false, false, false, false
	s.Onset, s.Began, s.EndScoreSince, s.Supported = time.Time{}, time.Time{}, time.Time{}, time.Time{}
	s.PeakRate, s.EndScore, s.PreOnsetRatio = 0, 0, 0
	s.Ended = end
}

// endRates returns the means of the two hypotheses for the discounted reports of
// a bucket with this expectation: the anomaly has ended, and it is ongoing.
func (s *State) endRates(cfg Settings, mean float64) (ended, ongoing float64) {
	mean = max(mean, 1e-9)
	rate := mean / cfg.Width.Minutes()
	return endedRatio * mean, ongoingMultiple(rate, s.PeakRate/rate) * mean
}

// ongoingMultiple returns the alternative of the end test as a multiple of the
// baseline: the least multiple that counts at endedRatio would refute within
// endMinutes, at this expected rate per minute. It lies between ongoingRatio and a
// share of the peak.
func ongoingMultiple(rate, peak float64) float64 {
	most := ongoingShare * peak
	if most <= ongoingRatio {
		return ongoingRatio
	}
	// With u the first hypothesis, counts at u add s - u - u·ln(s/u) nats per
	// expected report. That is convex in s, so Newton's method from above converges.
	need := endingScore / (rate * endMinutes)
	s := most
	for range 8 {
		over := s - endedRatio - endedRatio*math.Log(s/endedRatio) - need
		if over <= 0 {
			break
		}
		s -= over / (1 - endedRatio/s)
		if s <= ongoingRatio {
			return ongoingRatio
		}
	}
	return s
}

// endsBelow returns the number of reports in window below which the end test
// rises.
func (s *State) endsBelow(cfg Settings, b *Baseline, common float64, window time.Duration) float64 {
	ended, ongoing := s.endRates(cfg, common*s.expected(cfg, b, 0, 1))
	perBucket := (ongoing - ended) / math.Log(ongoing/ended)
	return perBucket * float64(window) / float64(cfg.Width)
}

// recentRate returns the discounted reports per minute in peakWindow.
func (s *State) recentRate(cfg Settings) float64 {
	n := max(cfg.buckets(peakWindow), 1)
	if counted := s.unmasked(n); counted > 0 {
		return s.discountedSum(n) / (float64(counted) * cfg.Width.Minutes())
	}
	return 0
}

// isBack reports whether the counts of the last window are back.
func (s *State) isBack(cfg Settings, b *Baseline, common float64, window time.Duration) bool {
	n := max(cfg.buckets(window), 1)
	expected := common * s.expected(cfg, b, 0, n)
	x := s.discountedSum(n)
	return x < goneRatio*expected || Tail(x, expected, b.size(expected)) < goneScore
}
