package scenario

import (
	"hash/fnv"
	"math"
	"math/rand/v2"
)

// source returns the random numbers of one purpose. Each purpose has its own,
// so that adding a service to a file does not change the counts of the others.
func source(seed int64, purpose string) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(purpose)) // never fails, by the contract of hash.Hash
	return rand.New(rand.NewPCG(uint64(seed), h.Sum64()))
}

// poisson draws from a Poisson distribution. It multiplies uniform numbers
// (Knuth, The Art of Computer Programming, volume 2, section 3.4.1). A large
// mean is divided into steps so that exp does not underflow.
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

// gamma draws from a gamma distribution of mean 1 and variance 1/shape. The
// shape must be at least 1. The method is from Marsaglia and Tsang, A Simple
// Method for Generating Gamma Variables (2000).
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

// wander draws a factor of mean 1 for the rate of a number of quarters of an
// hour. Its variance is dispersion divided by that number.
func wander(rng *rand.Rand, dispersion float64, quarters int) float64 {
	if dispersion == 0 {
		return 1
	}
	return gamma(rng, float64(quarters)/dispersion)
}

// evenCounter draws counts that vary by the minute as Poisson counts do, but
// whose sum stays near the sum of their means. A figure that the press printed
// for a window is then reached with every seed.
type evenCounter struct {
	due  float64 // sum of the means so far
	done int64   // sum of the counts so far
}

// draw returns the next count. The error of each sum has half a minute's mean
// as its variance, so that a count, the difference of two sums, has one mean.
func (e *evenCounter) draw(rng *rand.Rand, mean float64) int64 {
	e.due += mean
	n := max(0, int64(math.Round(e.due+rng.NormFloat64()*math.Sqrt(mean/2)))-e.done)
	e.done += n
	return n
}

// dealer divides reports by shares so that at every time each share has its
// part of them, to within about one report.
type dealer struct {
	due []float64 // reports that each share still lacks; negative when it is ahead
}

// next returns the index of the share that gets the next report.
func (d *dealer) next(shares []float64) int {
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

// pick returns a random index, each with the probability of its share. The
// shares sum to 1.
func pick(rng *rand.Rand, shares []float64) int {
	u := rng.Float64()
	for i, s := range shares {
		if u -= s; u < 0 {
			return i
		}
	}
	return len(shares) - 1
}
