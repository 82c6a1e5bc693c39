package incident

import (
	"math"
	"slices"
)

// The constants trade completeness against names that are there by chance.
const (
	// penalty is what a segment must add to the score of the subset, in nats.
	penalty = 3
	// minReports is the fewest reports of a segment in the subset.
	minReports = 3
	// minExpected is the least expectation; the score has none for 0.
	minExpected = 0.01
)

// Attribute returns the segments that explain the excess, most reports first: the
// subset with the highest expectation-based Poisson score
//
//	F = X ln(X/M) + M - X
//
// over its reports X and expected reports M, less 3 nats for each segment. It
// returns none when no subset has a score above 0.
//
// The optimum is exact and takes n log n steps (penalised fast subset scan,
// Speakman et al. 2016, after Neill 2012). F is the maximum over a factor q of
// sum(x ln q + m(1-q)). For a given q, a segment belongs to the subset if its own
// term exceeds the penalty, which is so on one interval of q.
func Attribute(all []Segment) []Segment {
	type edge struct {
		q       float64
		segment int
		leave   bool
	}
	var edges []edge
	for i, s := range all {
		from, to, ok := gainInterval(float64(s.Observed), expected(s))
		if s.Observed >= minReports && ok {
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
		x += sign * float64(all[e.segment].Observed)
		m += sign * expected(all[e.segment])
		n += sign
		if n > 0 {
			if f := score(x, m) - penalty*n; f > best+1e-9 {
				best, at = f, i
			}
		}
	}
	var subset []Segment
	for i, e := range edges[:at+1] {
		left := slices.ContainsFunc(edges[i:at+1], func(l edge) bool { return l.leave && l.segment == e.segment })
		if !e.leave && !left {
			subset = append(subset, all[e.segment])
		}
	}
	SortSegments(subset)
	return subset
}

// score returns the expectation-based Poisson score of x reports where m are
// expected.
func score(x, m float64) float64 {
	if x <= m {
		return 0
	}
	return x*math.Log(x/m) + m - x
}

// gainInterval returns the interval of q > 1 in which x ln q + m(1-q) exceeds the
// penalty, and reports whether there is one. The term is highest at q = x/m.
func gainInterval(x, m float64) (from, to float64, ok bool) {
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

// expected returns the expected reports of s, at least minExpected.
func expected(s Segment) float64 { return max(s.Expected, minExpected) }
