package detect

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mathext"
)

// summed returns Tail as the sum of single probabilities, in logarithms.
func summed(k, mean, size float64) float64 {
	lg := func(x float64) float64 { v, _ := math.Lgamma(x); return v }
	sum, top := 0.0, math.Inf(-1)
	for i := k; i < k+200000; i++ {
		var l float64
		if math.IsInf(size, 1) {
			l = i*math.Log(mean) - mean - lg(i+1)
		} else {
			l = lg(i+size) - lg(size) - lg(i+1) - i*math.Log1p(size/mean) - size*math.Log1p(mean/size)
		}
		if l > top {
			sum, top = 1+sum*math.Exp(top-l), l
		} else {
			sum += math.Exp(l - top)
			if l < top-45 {
				break
			}
		}
	}
	return -(top + math.Log(sum))
}

func TestTailIsTheSumOfProbabilities(t *testing.T) {
	for _, size := range []float64{0.05, 0.7, 4, 30, 500, math.Inf(1)} {
		for _, mean := range []float64{1e-4, 0.02, 0.5, 3, 40, 700} {
			for _, x := range []float64{1, 2, 3, 8, 20, 60, 400, 900, 5000} {
				got, want := Tail(x, mean, size), summed(x, mean, size)
				if math.Abs(got-want) > 1e-7*(1+want) {
					t.Errorf("Tail(%v, %v, %v) = %v, want %v", x, mean, size, got, want)
				}
			}
		}
	}
}

func TestTailBetweenWholeNumbersIsTheBetaFunction(t *testing.T) {
	for _, x := range []float64{0.3, 1.5, 7.25, 33.3} {
		got, want := Tail(x, 4, 2.5), -math.Log(mathext.RegIncBeta(x, 2.5, 4/6.5))
		if math.Abs(got-want) > 1e-9 {
			t.Errorf("Tail(%v, 4, 2.5) = %v, want %v", x, got, want)
		}
	}
}

func TestTailTurnsIntoPoisson(t *testing.T) {
	for _, x := range []float64{1, 6, 40, 300} {
		want := Tail(x, 12, math.Inf(1))
		for _, size := range []float64{1e9, 1e12, 1e14, 1e16} {
			if got := Tail(x, 12, size); math.Abs(got-want) > 1e-4*(1+want) {
				t.Errorf("Tail(%v, 12, %v) = %v, Poisson has %v", x, size, got, want)
			}
		}
	}
}

func TestTailGrowsWithTheCountAndFallsWithTheMean(t *testing.T) {
	for _, size := range []float64{0.1, 3, 1e3, 1e6, 1e10, math.Inf(1)} {
		last := -1.0
		for x := 0.0; x <= 1e6; x = x*1.07 + 0.13 {
			got := Tail(x, 50, size)
			if math.IsNaN(got) || got < last-1e-9*(1+last) {
				t.Fatalf("Tail(%v, 50, %v) = %v after %v", x, size, got, last)
			}
			last = got
		}
		if math.IsInf(last, 1) || last < 10 {
			t.Errorf("Tail at 10^6 with size %v is %v", size, last)
		}
		last = math.Inf(1)
		for mean := 1e-6; mean < 1e6; mean *= 1.3 {
			got := Tail(20, mean, size)
			if math.IsNaN(got) || got > last+1e-9*(1+got) {
				t.Fatalf("Tail(20, %v, %v) = %v after %v", mean, size, got, last)
			}
			last = got
		}
	}
}

func TestTailOfNothing(t *testing.T) {
	if got := Tail(0, 3, 2); got != 0 {
		t.Errorf("Tail(0, 3, 2) = %v, want 0", got)
	}
	if got := Tail(1, 0, 2); !math.IsInf(got, 1) {
		t.Errorf("Tail(1, 0, 2) = %v, want +Inf", got)
	}
}

func TestQuantileIsTheFirstCountThatOneInAHundredExceeds(t *testing.T) {
	for _, size := range []float64{0.2, 2, 50, 1e5} {
		for _, mean := range []float64{0.01, 0.3, 2, 17, 60} {
			k := quantile(mean, size)
			if Tail(k+1, mean, size) < math.Log(100) || k > 0 && Tail(k, mean, size) >= math.Log(100) {
				t.Errorf("quantile(%v, %v) = %v", mean, size, k)
			}
		}
	}
	if k := quantile(1e4, 50); math.Abs(Tail(k+1, 1e4, 50)-math.Log(100)) > 0.1 {
		t.Errorf("quantile of a large count is %v, tail %v", k, Tail(k+1, 1e4, 50))
	}
}
