package detect

import "math"

// Tail returns -ln P(X >= x) in nats for a negative binomial X with this mean
// and size (variance mean + mean²/size); an infinite size is the Poisson
// distribution. It keeps its accuracy far in the tail, where the probability
// itself would underflow.
//
// The probability is the regularised incomplete beta function I_p(x, size) with
// p = mean/(mean+size) (DLMF 8.17.24). It is continuous and monotone in x, so
// counts that are not whole have a tail too.
func Tail(x, mean, size float64) float64 {
	switch {
	case !(x > 0):
		return 0
	case !(mean > 0) || !(size > 0):
		return math.Inf(1)
	case size > 1e15, size > 1e8 && x <= mean+1:
		return poissonTail(x, mean)
	}
	// ln of p^x (1-p)^size / B(x, size), the factor that both fractions share.
	front := -x*math.Log1p(size/mean) - size*math.Log1p(mean/size) - logBeta(x, size)
	p, q := mean/(mean+size), size/(mean+size)
	if p < (x+1)/(x+size+2) {
		return max(0, -(front - math.Log(x) + math.Log(betaFraction(x, size, p))))
	}
	rest := math.Exp(front - math.Log(size) + math.Log(betaFraction(size, x, q)))
	return max(0, -math.Log1p(-min(rest, 1)))
}

// logBeta returns ln B(a, b). For a large b the difference of two large
// logarithms is taken by Stirling's series, where it does not cancel.
func logBeta(a, b float64) float64 {
	la, _ := math.Lgamma(a)
	if b > 1e4 {
		diff := a*math.Log(b) + (a+b-0.5)*math.Log1p(a/b) - a + (1/(a+b)-1/b)/12
		return la - diff
	}
	lb, _ := math.Lgamma(b)
	lab, _ := math.Lgamma(a + b)
	return la + lb - lab
}

// betaFraction evaluates the continued fraction of the incomplete beta
// function (DLMF 8.17.22) by Lentz's method. It converges for
// x < (a+1)/(a+b+2), in some √max(a,b) steps at worst.
func betaFraction(a, b, x float64) float64 {
	const tiny = 1e-300
	away := func(v float64) float64 {
		if math.Abs(v) < tiny {
			return tiny
		}
		return v
	}
	c, d := 1.0, 1/away(1-(a+b)*x/(a+1))
	f := d
	for i := 1; i < 20000; i++ {
		m := float64(i)
		even := m * (b - m) * x / ((a + 2*m - 1) * (a + 2*m))
		d = 1 / away(1+even*d)
		c = away(1 + even/c)
		f *= d * c
		odd := -(a + m) * (a + b + m) * x / ((a + 2*m) * (a + 2*m + 1))
		d = 1 / away(1+odd*d)
		c = away(1 + odd/c)
		f *= d * c
		if math.Abs(d*c-1) < 1e-14 {
			break
		}
	}
	return f
}

// poissonTail is Tail without overdispersion: the series of the regularised
// lower incomplete gamma function (DLMF 8.7.1).
func poissonTail(x, mean float64) float64 {
	if x < mean-12*math.Sqrt(mean) {
		return 0 // 1 - P is under e^-50
	}
	sum, term := 1.0, 1.0
	for n := x + 1; term > 1e-17*sum; n++ {
		term *= mean / n
		sum += term
	}
	lg, _ := math.Lgamma(x + 1)
	return max(0, -(x*math.Log(mean) - mean - lg + math.Log(sum)))
}

// quantile returns the 99 % quantile of a negative binomial with this mean and
// size: the smallest whole k with P(X > k) <= 1 %.
func quantile(mean, size float64) float64 {
	if !(mean > 0) {
		return 0
	}
	const rare = 4.605170185988091 // ln 100
	// The search starts from the gamma distribution with the same moments, whose
	// quantile is approximated as by Wilson and Hilferty (1931).
	sd := math.Sqrt(mean + mean*mean/size)
	shape := mean * mean / (sd * sd)
	k := 1 - 1/(9*shape) + 2.326/(3*math.Sqrt(shape))
	at := math.Round(max(0, mean*k*k*k))
	stride := math.Ceil(sd / 16)
	under, over := -1.0, -1.0 // the quantile is above under, and at most over
	for over < 0 || over-under > 1 {
		if Tail(at+1, mean, size) >= rare {
			over = at
		} else {
			under = at
		}
		switch {
		case over < 0:
			at += stride
		case over-under <= stride:
			at = math.Floor((under + over) / 2)
		default:
			at = max(over-stride, under+1)
		}
	}
	return over
}
