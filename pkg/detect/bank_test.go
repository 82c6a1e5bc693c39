package detect

import (
	"math"
	"testing"
)

// likelihood returns E[exp l] of one step of arm i, by enumeration of all counts.
func likelihood(i int, mean float64, f spread, limit float64) float64 {
	size := mean / (f.clumping + f.relative*mean)
	sum, logP := 0.0, -size*math.Log1p(mean/size)
	for x := 0.0; x < 4000; x++ {
		var b Bank
		b.Tail = 1
		b.Arms[i].Sum = 100 // so that nothing is cut off at 0
		b.step(x, mean, f, limit, 0)
		sum += math.Exp(logP + b.Arms[i].Sum - 100)
		logP += math.Log((x+size)/(x+1)) - math.Log1p(size/mean)
	}
	return sum
}

func TestEvidenceOfAnArmHasMeanOneWhenNothingIsWrong(t *testing.T) {
	for i, k := range multiples {
		for _, mean := range []float64{0.01, 0.4, 3} {
			for _, f := range []spread{{0.3, 0.02}, {3, 0}, {0.05, 0.5}} {
				if got := likelihood(i, mean, f, math.MaxFloat64); math.Abs(got-1) > 1e-3 {
					t.Errorf("E[exp l] of %v at mean %v, %+v is %v, want 1", k, mean, f, got)
				}
				if got := likelihood(i, mean, f, 4); got > 1+1e-9 {
					t.Errorf("with the limit E[exp l] of %v at mean %v, %+v is %v, want at most 1", k, mean, f, got)
				}
			}
		}
	}
}

func TestNoBucketAddsMoreThanTheCap(t *testing.T) {
	b := Bank{Tail: 1.5}
	b.step(1e12, 0.1, spread{0.1, 1}, 4, 0)
	if arm := b.bestArm(); math.Abs(arm.Sum-6) > 1e-12 {
		t.Errorf("a bucket of any size adds %v nats, want the limit of 4 times the tail of 1.5", arm.Sum)
	}
}

func TestAnArmHoldsTheTimeSinceItRose(t *testing.T) {
	b := Bank{Tail: 1}
	for i, x := range []float64{0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 9} {
		b.step(x, 1, spread{0.02, 0}, 5, int64(60*i))
	}
	arm := b.bestArm()
	if arm.Since != 60*12 || arm.Reports != 17 || arm.Expected != 2 {
		t.Errorf("best arm is %+v, want 17 reports since 720 with 2 expected", arm)
	}
}

func TestAHeavyTailLowersTheScore(t *testing.T) {
	b := Bank{Tail: 1}
	for range 100 {
		b.Arms[0].Sum, b.Top = 0.1, 6 // excursions that should be 1 above tailFrom in the mean, and are 3
		b.step(0, 100, spread{0.05, 0.01}, 5, 0)
	}
	if b.Tail < 2 || b.Tail > 3 {
		t.Errorf("tail after 100 peaks 3 nats over the line is %v, want nearly 3", b.Tail)
	}
	before := b.Tail
	b.fadeBy(365)
	if b.Tail >= before || b.Tail > 1.1 {
		t.Errorf("tail a year later is %v, want it decayed", b.Tail)
	}
}

// TestRunLengthIsAtLeastTheBound steps 3 million ticks of the forecast itself and counts false
// alarms: by Ville's inequality at most e^-h per excursion that could begin.
func TestRunLengthIsAtLeastTheBound(t *testing.T) {
	const h, ticks = 6.0, 3_000_000
	s := newSim(1, 1)
	for _, mean := range []float64{0.02, 0.2, 2} {
		b := Bank{Tail: 1}
		began, reports := 0, 0.0
		for range ticks {
			x := s.poisson(mean)
			reports += x
			b.step(x, mean, spread{1e-6, 0}, math.MaxFloat64, 0)
			if arm := b.bestArm(); arm.Sum >= h {
				began++
				b.Arms = [len(multiples)]Arm{}
			}
		}
		sum := 0.0
		for _, k := range multiples {
			sum += k
		}
		bound := math.Exp(-h) * sum * min(reports, ticks)
		t.Logf("mean %v: %d alarms, bound %.0f", mean, began, bound)
		if float64(began) > bound {
			t.Errorf("mean %v: %d alarms, more than the bound of %.0f", mean, began, bound)
		}
		if began == 0 {
			t.Errorf("mean %v: no alarm in %d ticks at %v nats: the test sees nothing", mean, ticks, h)
		}
	}
}
