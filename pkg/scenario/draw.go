package scenario

import (
	"hash/fnv"
	"math"
	"math/rand/v2"
)

// source returns the random numbers of one purpose: those of one service do
// not change when another is added to a file.
func source(seed int64, purpose string) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(purpose)) // never fails, by the contract of hash.Hash
	return rand.New(rand.NewPCG(uint64(seed), h.Sum64()))
}

// poisson draws from a Poisson distribution. It multiplies uniforms (Knuth, The
// Art of Computer Programming 2, 3.4.1) in steps of a mean that exp can hold,
// which costs about as much as making the reports that it counts.
func poisson(rng *rand.Rand, mean float64) int64 {
	const step = 16
	var n int64
	for mean > 0 {
		limit := math.Exp(-min(mean, step))
		for p := rng.Float64(); p > limit; p *= rng.Float64() {
			n++
		}
		mean -= step
	}
	return n
}

// gamma draws from a gamma distribution of mean 1 and variance 1/shape, for
// shapes of at least 1 (Marsaglia and Tsang, A Simple Method for Generating
// Gamma Variables, 2000).
func gamma(rng *rand.Rand, shape float64) float64 {
	d := shape - 1.0/3
	c := 1 / math.Sqrt(9*d)
	for {
		x := rng.NormFloat64()
		v := 1 + c*x
		if v <= 0 {
			continue
		}
		v = v * v * v
		if math.Log(1-rng.Float64()) < x*x/2+d-d*v+d*math.Log(v) {
			return d * v / shape
		}
	}
}

// wander draws the level of a stretch of quarters whose squared deviation is
// dispersion for each.
func wander(rng *rand.Rand, dispersion float64, quarters int) float64 {
	if dispersion == 0 {
		return 1
	}
	return gamma(rng, float64(quarters)/dispersion)
}

// even draws counts that vary by the minute as chance would have it, but whose
// sums stay near the sum of their means: a window that the press printed holds
// whatever the seed.
type even struct {
	due  float64
	done int64
}

// draw returns the next count. Each sum is off by about the square root of half
// a minute's mean, so that the difference of two has a variance of one mean.
func (e *even) draw(rng *rand.Rand, mean float64) int64 {
	e.due += mean
	n := max(0, int64(math.Round(e.due+rng.NormFloat64()*math.Sqrt(mean/2)))-e.done)
	e.done += n
	return n
}

// deal divides counts by shares so that at every time each share has what is
// due to it, to within about one report.
type deal struct{ due []float64 }

// next returns the index of the share that the next report belongs to.
func (d *deal) next(shares []float64) int {
	best := 0
	for i, s := range shares {
		d.due[i] += s
		if d.due[i] > d.due[best] {
			best = i
		}
	}
	d.due[best]--
	return best
}

// pick returns an index at random with the given shares, which sum to 1.
func pick(rng *rand.Rand, shares []float64) int {
	u := rng.Float64()
	for i, s := range shares {
		if u -= s; u < 0 {
			return i
		}
	}
	return len(shares) - 1
}
