package incident

import (
	"math"
	"slices"
)

const (
	// penalty is what a slice must add to the explanation, in nats.
	penalty = 3
	// leastReports is what a slice must hold to be named at all.
	leastReports = 3
	// leastExpected stands for an expectation of nothing.
	leastExpected = 0.01
)

// Attribute returns the slices that explain the excess, most reports first: the
// subset with the highest expectation-based Poisson score
//
//	F = X ln(X/M) + M - X
//
// over its reports X and usual reports M, less 3 nats for each slice.
//
// It is the exact optimum in n log n steps (penalised fast subset scan, Speakman
// et al. 2016, after Neill 2012): F is the largest value over a factor q of
// sum(x ln q + m(1-q)), so that for a given q a slice belongs to the subset if
// its own term exceeds the penalty, which it does on one interval of q.
func Attribute(all []Segment) []Segment {
	type edge struct {
		q     float64
		slice int
		leave bool
	}
	var edges []edge
	for i, s := range all {
		from, to, ok := explains(float64(s.Observed), expected(s))
		if s.Observed >= leastReports && ok {
			edges = append(edges, edge{from, i, false}, edge{to, i, true})
		}
	}
	slices.SortFunc(edges, func(a, b edge) int {
		switch {
		case a.q < b.q:
			return -1
		case a.q > b.q:
			return 1
		}
		return 0
	})
	best, at := 0.0, -1
	x, m, n := 0.0, 0.0, 0.0
	for i, e := range edges {
		sign := 1.0
		if e.leave {
			sign = -1
		}
		x += sign * float64(all[e.slice].Observed)
		m += sign * expected(all[e.slice])
		n += sign
		if n > 0 {
			if f := score(x, m) - penalty*n; f > best+1e-9 {
				best, at = f, i
			}
		}
	}
	var subset []Segment
	for i, e := range edges[:at+1] {
		left := slices.ContainsFunc(edges[i:at+1], func(l edge) bool { return l.leave && l.slice == e.slice })
		if !e.leave && !left {
			subset = append(subset, all[e.slice])
		}
	}
	sortSegments(subset)
	return subset
}

// score is the expectation-based Poisson score of x reports where m are usual.
func score(x, m float64) float64 {
	if x <= m {
		return 0
	}
	return x*math.Log(x/m) + m - x
}

// explains returns the factors q > 1 between which x ln q + m(1-q) exceeds the
// penalty, if there are any. The term is highest at q = x/m.
func explains(x, m float64) (from, to float64, ok bool) {
	if x <= m || score(x, m) <= penalty {
		return 0, 0, false
	}
	gain := func(q float64) float64 { return x*math.Log(q) + m*(1-q) - penalty }
	top := x / m
	high := top
	for gain(high) > 0 {
		high *= 2
	}
	return root(gain, 1, top), root(gain, high, top), true
}

// root returns where f crosses zero between under (f <= 0) and over (f > 0).
func root(f func(float64) float64, under, over float64) float64 {
	for range 100 {
		mid := (under + over) / 2
		if f(mid) > 0 {
			over = mid
		} else {
			under = mid
		}
	}
	return over
}

// expected returns what is usual in s, at least a little.
func expected(s Segment) float64 { return max(s.Expected, leastExpected) }
