package status

import (
	"maps"
	"math"
	"slices"
	"time"
)

// z95 is the 97.5 % quantile of the normal distribution: the half width, in
// standard errors, of a 95 % interval.
const z95 = 1.959964

// Shares turns counts by symptom into shares with their 95 % intervals, in the
// order of symptoms; any further symptom that was counted follows by its ID.
func Shares(symptoms []string, counts map[string]int64) []Share {
	var total int64
	for _, n := range counts {
		total += n
	}
	order := slices.Clone(symptoms)
	for _, s := range slices.Sorted(maps.Keys(counts)) {
		if !slices.Contains(symptoms, s) {
			order = append(order, s)
		}
	}
	shares := make([]Share, len(order))
	for i, s := range order {
		shares[i] = Share{Symptom: s, Count: counts[s]}
		if total > 0 {
			shares[i].Share = float64(counts[s]) / float64(total)
			shares[i].Low, shares[i].High = wilson(counts[s], total)
		}
	}
	return shares
}

// split is the breakdown of counts by symptom.
func split(symptoms []string, counts map[string]int64, asOf time.Time, w time.Duration) Breakdown {
	b := Breakdown{AsOf: asOf, Window: w, Symptoms: Shares(symptoms, counts)}
	for _, n := range counts {
		b.Total += n
	}
	return b
}

// wilson returns the 95 % score interval of a share of k in n (Wilson 1927):
// unlike the plain normal interval it stays within [0, 1] and is honest for
// small n.
func wilson(k, n int64) (low, high float64) {
	total, p := float64(n), float64(k)/float64(n)
	z2 := z95 * z95
	centre := (p + z2/(2*total)) / (1 + z2/total)
	half := z95 / (1 + z2/total) * math.Sqrt(p*(1-p)/total+z2/(4*total*total))
	return max(0, centre-half), min(1, centre+half)
}
