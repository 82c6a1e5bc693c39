package detect

import (
	"math"
	"testing"
)

// endsAfter returns the number of minutes after which e is over.
func endsAfter(e EndTest, mean float64, count func(i int) float64) int {
	for i := range 10000 {
		if e.step(count(i), mean, 1) {
			return i + 1
		}
	}
	return -1
}

func TestAnAnomalyEndsWithinMinutesOfNormalCounts(t *testing.T) {
	for _, per5 := range []float64{1, 5, 50, 500} {
		s := newSim(1, per5)
		mean := per5 / 5
		n := endsAfter(newEndTest(30), mean, func(int) float64 { return s.poisson(mean) })
		if n < 2 || n > 40 {
			t.Errorf("%v per 5 minutes: over after %d minutes", per5, n)
		}
	}
}

func TestAnAnomalyDoesNotEndWhileTheCountsAreUp(t *testing.T) {
	for _, per5 := range []float64{1, 5, 50} {
		s := newSim(2, per5)
		mean := per5 / 5
		e := newEndTest(10)
		for i := range 7 * 60 {
			if e.step(s.poisson(8*mean), mean, 1) {
				t.Errorf("%v per 5 minutes: over after %d minutes at 8 times the baseline", per5, i+1)
				break
			}
		}
	}
}

func TestADecayingAnomalyLastsUntilItIsAlmostBack(t *testing.T) {
	const half = 20.0 // minutes in which the excess halves
	multiple := func(i int) float64 { return 1 + 29*math.Exp2(-float64(i)/half) }
	for _, mean := range []float64{0.4, 4} {
		early := 0
		for seed := range uint64(100) {
			s := newSim(seed, 5*mean)
			n := endsAfter(newEndTest(30), mean, func(i int) float64 { return s.poisson(mean * multiple(i)) })
			if multiple(n) > 2 {
				early++
			}
		}
		if early > 3 {
			t.Errorf("%v a minute: %d of 100 were over at more than twice the baseline", mean, early)
		}
	}
}

func TestALullOfMinutesDoesNotEndAnAnomaly(t *testing.T) {
	n := endsAfter(newEndTest(30), 100, func(i int) float64 {
		if i%8 < 3 {
			return 0
		}
		return 3000
	})
	if n >= 0 {
		t.Errorf("over after %d minutes, though every lull was one of three", n)
	}
}

func TestSilenceEndsTheAnomalyOfASparseSeries(t *testing.T) {
	if n := endsAfter(newEndTest(3), 0.001, func(int) float64 { return 0 }); n != 60 {
		t.Errorf("over after %d silent minutes, want 60", n)
	}
}

func TestTheOngoingMultipleIsWithinItsBounds(t *testing.T) {
	for _, peak := range []float64{1, 3, 9, 100, 1e6} {
		for rate := 1e-5; rate < 1e5; rate *= 3 {
			e := newEndTest(peak)
			got := e.ongoingMultiple(rate)
			if got < endTestAlternative || got > max(endTestAlternative, endTestPeakShare*peak) {
				t.Errorf("the ongoing multiple for a peak of %v times at %v a minute is %v", peak, rate, got)
			}
		}
	}
}
