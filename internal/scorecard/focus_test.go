package main

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestRisingsFindTheBestBeginning compares with all times at which a rise may have
// begun.
func TestRisingsFindTheBestBeginning(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	var counted, expected []float64
	var r risings
	for i := range 2000 {
		mean := 0.2 + 3*rnd.Float64()
		x := poisson(rnd, mean*(1+float64(i/500)))
		counted, expected = append(counted, x), append(expected, mean)
		best, a, b := 0.0, 0.0, 0.0
		for k := i; k >= 0; k-- {
			a, b = a+counted[k], b+expected[k]
			if a > b {
				best = max(best, a*math.Log(a/b)-a+b)
			}
		}
		if got := r.add(x, mean); math.Abs(got-best) > 1e-6*max(best, 1) {
			t.Fatalf("bucket %d: %v nats, want %v", i, got, best)
		}
	}
	if len(r) > 40 {
		t.Errorf("%d stretches after 2000 buckets, want about their logarithm", len(r))
	}
}
