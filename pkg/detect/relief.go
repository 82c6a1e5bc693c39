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
	relieved = 8.0
	easing   = 4.0
	// reliefPerMinute bounds what one minute can add, so that no lull of under
	// ten minutes ends an anomaly, however loud it was.
	reliefPerMinute = relieved / 10
	// setback bounds what one bucket can take away.
	setback = 3.0
	// usualRatio and stillRatio are the two rates that are told apart, as
	// multiples of the baseline; the upper one is at least half the peak. Counts
	// ebb when they are nearer to the lower one, which for a large outage is a
	// fifth of its peak.
	usualRatio = 1.2
	stillRatio = 2.2
	stillShare = 0.75
	// peakWindow is the window whose highest rate is the peak; in a shorter one
	// the first reports of a small outage would pass for a large one.
	peakWindow = 15 * time.Minute
	// peakHalfLife is how fast the peak is forgotten, so that a long outage that
	// ebbs is measured by what it has become.
	peakHalfLife = 2 * time.Hour
	// brief is the window in which an anomaly must be gone before it may end.
	brief = 5 * time.Minute
	// gone is the score of that window under which it is; so it is when the window
	// holds less than goneRatio times what is usual.
	gone      = 3.0
	goneRatio = 2.0
)

// recover moves the anomaly of s over its newest bucket and ends it when the
// counts have been usual for long enough.
func (s *State) recover(d Dials, b *Baseline) {
	mean := s.usual(d, b, 0, 1)
	s.Peak = max(s.Peak*math.Exp2(-d.Width.Hours()/peakHalfLife.Hours()), s.rate(d))
	usual, still := s.rates(d, mean)
	step := still - usual - float64(s.Weights[0])*math.Log(still/usual)
	step = min(step, relieved, reliefPerMinute*d.Width.Minutes())
	step = max(step, -setback)
	if s.Relief == 0 && step > 0 {
		s.Relieved = s.start(d, 0)
	}
	s.Relief = min(max(0, s.Relief+step), relieved)
	s.Easing = s.Relief >= easing || s.Easing && s.Relief > 0
	if s.Relief >= relieved && s.gone(d, b) {
		s.close(d)
	}
}

// close ends the anomaly at the moment from which the counts were usual.
func (s *State) close(d Dials) {
	end := s.Relieved
	s.forget(d, end)
	s.Bank.Top = 0 // an outage tells nothing of the tail of usual times
	s.Bank.clear()
	s.Anomalous, s.Settled, s.Easing = false, false, false
	s.Onset, s.Relieved = time.Time{}, time.Time{}
	s.Peak, s.Relief, s.Busy = 0, 0, 0
	s.Ended = end
}

// rates returns the evidence per bucket that is usual, and that which would
// still be too much.
func (s *State) rates(d Dials, mean float64) (usual, still float64) {
	mean = max(mean, 1e-9)
	return usualRatio * mean, max(stillRatio*mean, stillShare*s.Peak*d.Width.Minutes())
}

// below returns the reports in window under which the anomaly ebbs: the rate at
// which the test in reverse stands still.
func (s *State) below(d Dials, b *Baseline, window time.Duration) float64 {
	usual, still := s.rates(d, s.usual(d, b, 0, 1))
	perBucket := (still - usual) / math.Log(still/usual)
	return perBucket * float64(window) / float64(d.Width)
}

// rate returns the evidence per minute in the window of the peak.
func (s *State) rate(d Dials) float64 {
	n := max(d.buckets(peakWindow), 1)
	if said := s.said(n); said > 0 {
		return s.weight(n) / (float64(said) * d.Width.Minutes())
	}
	return 0
}

// gone tells whether nothing stands out any more in the last few minutes.
func (s *State) gone(d Dials, b *Baseline) bool {
	n := max(d.buckets(brief), 1)
	expected := s.usual(d, b, 0, n)
	x := s.weight(n)
	return x < goneRatio*expected || Tail(x, expected, b.size(expected)) < gone
}
