package incident

import "math"

const (
	// ratioPrior is how many reports the belief is worth that all is as usual.
	ratioPrior = 2
	// fivePercent is the 5 % quantile of the normal distribution.
	fivePercent = -1.6448536269514722
)

// lowRatio returns the value that the true ratio of reports to usual ones
// exceeds with a probability of 95 %: the 5 % quantile of the gamma posterior
// with shape n+2 and rate m+2, so that four reports where none is usual are not
// an endless multiple. The quantile is that of Wilson and Hilferty (The
// distribution of chi-square, 1931), which is within 3 % from shape 2 on and
// within 0.3 % from shape 10 on.
func lowRatio(n int64, m float64) float64 {
	shape := float64(n) + ratioPrior
	root := 1 - 1/(9*shape) + fivePercent/(3*math.Sqrt(shape))
	return shape * root * root * root / (max(m, 0) + ratioPrior)
}
