package detect

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// TestTheEvidenceOfABucketHasMeanAtMostOne enumerates E[exp l] of one bucket
// for every arm: 1 without a cap, at most 1 with one, and at most 1 when a
// silent bucket takes its decrement of stepSilent.
func TestTheEvidenceOfABucketHasMeanAtMostOne(t *testing.T) {
	for _, mean := range []float64{0.001, 0.05, 0.7, 6, 40} {
		for _, dispersion := range []float64{1.05, 1.3, 4} {
			for _, rateVariance := range []float64{0, 0.02, 0.5} {
				size := mean / (dispersion - 1 + rateVariance*mean)
				for _, k := range multiples {
					f := spread{dispersion - 1, rateVariance}
					free, capped := 0.0, 0.0
					for x := range 20000 {
						p := math.Exp(logNegativeBinomial(float64(x), mean, size))
						l := f.logLikelihood(float64(x), k*mean) - f.logLikelihood(float64(x), mean)
						free += p * math.Exp(l)
						if x == 0 {
							l = -silentDecrement(k, mean, dispersion)
						}
						capped += p * math.Exp(min(l, 3.65))
						if x > int(20*k*mean) && p*math.Exp(l) < 1e-14 {
							break
						}
					}
					if free < 1-1e-6 || free > 1+1e-6 {
						t.Errorf("mean %v, dispersion %v, rate variance %v, k %v: E[exp l] = %v", mean, dispersion, rateVariance, k, free)
					}
					if capped > 1+1e-9 {
						t.Errorf("mean %v, dispersion %v, rate variance %v, k %v: capped E[exp l] = %v", mean, dispersion, rateVariance, k, capped)
					}
				}
			}
		}
	}
}

// logNegativeBinomial returns ln P(X = x).
func logNegativeBinomial(x, mean, size float64) float64 {
	lg := func(v float64) float64 { l, _ := math.Lgamma(v); return l }
	return lg(x+size) - lg(size) - lg(x+1) - x*math.Log1p(size/mean) - size*math.Log1p(mean/size)
}

func TestSilenceIsIndependentOfSplitting(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 3))
	start := Bank{Tail: 1}
	for i := range start.Arms {
		start.Arms[i] = Arm{Sum: 2 + 3*float64(i), Since: 60, Reports: 4, Expected: 1}
	}
	for range 200 {
		mean, keep, n := 0.05*random.Float64(), 1-0.01*random.Float64(), 1+random.IntN(300)
		whole, parts := start, start
		whole.stepSilent(mean, 1.3, keep, n)
		for left := n; left > 0; {
			part := 1 + random.IntN(left)
			parts.stepSilent(mean, 1.3, keep, part)
			left -= part
		}
		for i := range whole.Arms {
			if math.Abs(whole.Arms[i].Sum-parts.Arms[i].Sum) > 1e-9 || whole.Arms[i].Since != parts.Arms[i].Since {
				t.Fatalf("mean %v, keep %v, %d buckets: %+v at once, %+v in parts", mean, keep, n, whole.Arms[i], parts.Arms[i])
			}
		}
	}
}

func TestSplitByHourCoversEveryBucketOnce(t *testing.T) {
	start := time.Date(2024, 3, 1, 10, 47, 0, 0, time.UTC)
	for _, n := range []int{1, 12, 13, 14, 200} {
		at, sum := start, 0
		splitByHour(start, time.Minute, n, func(from time.Time, part int) {
			if !from.Equal(at) || from.Truncate(time.Hour) != from.Add(time.Duration(part-1)*time.Minute).Truncate(time.Hour) {
				t.Errorf("%d buckets from %v, expected from %v within the hour", part, from, at)
			}
			at, sum = at.Add(time.Duration(part)*time.Minute), sum+part
		})
		if sum != n {
			t.Errorf("%d buckets of %d", sum, n)
		}
	}
}

// TestTheBoundOfTheThresholdHolds draws 12 million normal minutes of sparse cells
// and counts excursions that reach a score: no more than the bound of Threshold
// says, before its slack.
func TestTheBoundOfTheThresholdHolds(t *testing.T) {
	if testing.Short() {
		t.Skip("this test takes many seconds")
	}
	for _, mean := range []float64{0.003, 0.05, 0.5} {
		random := rand.New(rand.NewPCG(5, uint64(1000*mean)))
		s := sim{rand: random}
		const minutes = 4_000_000
		var began [10]int
		b, reports := Bank{Tail: 1}, 0.0
		size := mean / 0.3
		for m := 0; m < minutes; m++ {
			x := s.poisson(mean * gamma(random, size) / size)
			reports += x
			before := b.score()
			if x == 0 {
				b.stepSilent(mean, 1.3, 1, 1)
			} else {
				b.step(x, mean, spread{0.3, 0}, math.Inf(1), int64(m)*60)
			}
			b.Tail = 1 // the forecast is right: nothing to calibrate
			for h := range began {
				if float64(h) >= 4 && before < float64(h) && b.score() >= float64(h) {
					began[h]++
				}
			}
		}
		for h, n := range began {
			if h < 4 {
				continue
			}
			if bound := sumOfMultiples * reports * math.Exp(-float64(h)); float64(n) > bound {
				t.Errorf("mean %v: %d excursions to %d nats among %.0f reports, bound %.1f", mean, n, h, reports, bound)
			}
		}
	}
}

// gamma draws from the gamma distribution of this shape and scale 1 (Marsaglia
// and Tsang 2000).
func gamma(random *rand.Rand, shape float64) float64 {
	if shape < 1 {
		return gamma(random, shape+1) * math.Pow(random.Float64(), 1/shape)
	}
	d := shape - 1.0/3
	c := 1 / math.Sqrt(9*d)
	for {
		x := random.NormFloat64()
		v := math.Pow(1+c*x, 3)
		if v > 0 && math.Log(random.Float64()) < 0.5*x*x+d-d*v+d*math.Log(v) {
			return d * v
		}
	}
}
