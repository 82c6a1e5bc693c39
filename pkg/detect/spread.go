package detect

import "math"

// spread is how far counts scatter about their mean: a count of mean m has the
// variance
//
//	(1+clumping)·m + relative·m²
//
// as at Baseline. Counts are taken to be negative binomial, with the size
// m/(clumping + relative·m).
type spread struct {
	clumping float64 // Dispersion - 1
	relative float64 // RateVariance + Uncertainty
}

// spread returns the spread of the counts of b.
func (b *Baseline) spread() spread { return spread{b.Dispersion - 1, b.RateVariance + b.Uncertainty} }

// logLikelihood returns the logarithm of the probability of x reports where mean
// are expected, without the terms that depend on x alone. A part of a report
// counts for its part.
func (f spread) logLikelihood(x, mean float64) float64 {
	size := mean / (f.clumping + f.relative*mean)
	l := -size * math.Log1p(mean/size)
	if x > 0 {
		l += logRising(size, x) + x*math.Log(mean/(size+mean))
	}
	return l
}

// logRising returns ln(Γ(a+x)/Γ(a)).
func logRising(a, x float64) float64 {
	if x <= 12 && x == math.Trunc(x) {
		p := a
		for j := 1.0; j < x; j++ {
			p *= a + j
		}
		return math.Log(p)
	}
	above, _ := math.Lgamma(a + x)
	below, _ := math.Lgamma(a)
	return above - below
}
