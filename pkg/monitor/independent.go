package monitor

import (
	"maps"
	"math"

	"github.com/outcry/outcry/pkg/window"
)

// independence is the share of the problems that counts as those of independent
// people, by country, in the slices from one on. Where it is missing, all count.
type independence struct {
	since  window.Slice
	shares map[string]float64
}

// independentSources returns counts with the reports that count as those of
// independent people.
func independentSources(counts window.NetworkCounts) window.NetworkCounts {
	shares := counts.Independence(0)
	if len(shares) == 0 {
		return counts
	}
	byCountry := maps.Clone(counts.ByCountry)
	for country, share := range shares {
		s := byCountry[country]
		aside := int64(math.Round((1 - share) * float64(s.Reports)))
		s.Reports -= aside
		counts.World.Reports -= aside
		byCountry[country] = s
	}
	counts.ByCountry = byCountry
	return counts
}

// independent returns b with the problems that count as those of independent
// people, judged by the slice of the bucket. What is set aside
// is shown and archived all the same.
func (r *reading) independent(b window.Bucket) window.Bucket {
	return b.Independent(r.independenceSince(window.SliceOf(b.Start)))
}

// independenceSince returns the shares of the slices from since on, by country.
func (r *reading) independenceSince(since window.Slice) map[string]float64 {
	if r.independence == nil || r.independence.since != since {
		r.independence = &independence{since, r.networks.Independence(since)}
	}
	return r.independence.shares
}
