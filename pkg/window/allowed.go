package window

import (
	"cmp"
	"math"
	"slices"

	"github.com/outcry/outcry/pkg/report"
)

const (
	// MostOfOneHolder is the largest share of a count that one holder of addresses
	// may have.
	MostOfOneHolder = 0.4
	// FewestDominating is the least number of reports of one holder of which Allowed
	// sets some aside that matter.
	FewestDominating = 4
	// LoudestHolders is how many of the loudest holders may have too much.
	LoudestHolders = 4
)

// Allowed returns how many reports of each of the loudest holders count, beside
// those of all others: so many that each holder has at most MostOfOneHolder of what
// counts, or 1 + log2 of what it sent if that is more. What is counted of a service then follows what people in general
// send, whatever one or two of them do, and is in proportion to it where one holder
// always has most.
func Allowed(loudest []float64, others float64) []float64 {
	allowed := slices.Clone(loudest)
	// The largest solution is approached from above. Each round leaves two thirds
	// of the distance at most, unless three or more keep each other up.
	for range 40 {
		total, changed := others, 0.0
		for _, n := range allowed {
			total += n
		}
		for i, n := range loudest {
			most := max((total-allowed[i])*MostOfOneHolder/(1-MostOfOneHolder), 1+math.Log2(max(1, n)))
			next := min(allowed[i], most)
			total -= allowed[i] - next
			changed = max(changed, allowed[i]-next)
			allowed[i] = next
		}
		if changed < 0.01 {
			break
		}
	}
	return allowed
}

// Independence returns the share of the problems that counts as those of
// independent people, in (0, 1), in the slices from since on, for the countries in
// which a holder sent more than Allowed. In all others all count.
func (c NetworkCounts) Independence(since Slice) map[string]float64 {
	type holder struct {
		country string
		holder  report.Holder
	}
	if c.World.Reports < FewestDominating {
		return nil // most services most of the time
	}
	held, totals := map[holder]int64{}, map[string]int64{}
	for _, a := range c.Arrivals {
		if a.Slice >= since {
			held[holder{a.Country, a.Network.Holder()}] += a.N
			totals[a.Country] += a.N
		}
	}
	dominated := map[string][]float64{}
	for h, n := range held {
		if n >= FewestDominating && float64(n) > MostOfOneHolder*float64(totals[h.country]) {
			dominated[h.country] = nil
		}
	}
	if len(dominated) == 0 {
		return nil
	}
	for h, n := range held {
		if all, ok := dominated[h.country]; ok {
			dominated[h.country] = append(all, float64(n))
		}
	}
	shares := map[string]float64{}
	for country, all := range dominated {
		slices.SortFunc(all, func(a, b float64) int { return cmp.Compare(b, a) })
		loudest := all[:min(len(all), LoudestHolders)]
		total := float64(totals[country])
		if aside := sum(loudest) - sum(Allowed(loudest, total-sum(loudest))); aside > 0 {
			shares[country] = 1 - aside/total
		}
	}
	return shares
}

// Independent returns b with the problems that count as those of independent people,
// where shares is the Independence of its slice.
func (b Bucket) Independent(shares map[string]float64) Bucket {
	if len(shares) == 0 {
		return b
	}
	problems := make([]Count, len(b.Problems))
	for i, c := range b.Problems {
		if share, ok := shares[c.Country]; ok {
			c.N = int64(math.Round(share * float64(c.N)))
		}
		problems[i] = c
	}
	b.Problems = problems
	return b
}

func sum(all []float64) (total float64) {
	for _, n := range all {
		total += n
	}
	return total
}
