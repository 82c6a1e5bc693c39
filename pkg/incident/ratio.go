package incident

import "math"

const (
	// ratioPrior is the weight of the prior ratio of 1, in reports. A larger one
	// takes more reports to believe in a high ratio.
	ratioPrior = 2
	// fivePercent is the 5 % quantile of the normal distribution.
	fivePercent = -1.6448536269514722
)

// ratioLowerBound returns the value that the true ratio of reports to expected ones
// exceeds with a probability of 95 %: the 5 % quantile of the gamma posterior with
// shape n+2 and rate m+2, for n reports where m are expected. Four reports where
// almost none are expected are no endless multiple then.
//
// The quantile is approximated as by Wilson and Hilferty (The distribution of
// chi-square, 1931). The error is below 3 % from shape 2 on and below 0.3 % from
// shape 10 on.
func ratioLowerBound(n int64, m float64) float64 {
	shape := float64(n) + ratioPrior
	root := 1 - 1/(9*shape) + fivePercent/(3*math.Sqrt(shape))
	return shape * root * root * root / (max(m, 0) + ratioPrior)
}
