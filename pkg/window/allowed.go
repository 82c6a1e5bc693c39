package window

import (
	"cmp"
	"math"
	"slices"
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
	if c.World.Reports < FewestDominating {
		return nil // most services most of the time
	}
	x := c.indexed()
	held := make([]int64, x.total)
	shares := map[string]float64{}
	for country := range x.byCountry {
		total, most := int64(0), int64(0)
		var holders []int32 // that sent something
		c.each(x, country, func(network int32, a *Arrival) {
			if a.Slice < since {
				return
			}
			h := x.holders[network]
			if held[h] == 0 {
				holders = append(holders, h)
			}
			held[h] += a.N
			total += a.N
			most = max(most, held[h])
		})
		all := make([]float64, len(holders))
		for i, h := range holders {
			all[i], held[h] = float64(held[h]), 0
		}
		if most < FewestDominating || float64(most) <= MostOfOneHolder*float64(total) {
			continue
		}
		slices.SortFunc(all, func(a, b float64) int { return cmp.Compare(b, a) })
		loudest := all[:min(len(all), LoudestHolders)]
		if aside := sum(loudest) - sum(Allowed(loudest, float64(total)-sum(loudest))); aside > 0 {
			shares[country] = 1 - aside/float64(total)
		}
	}
	if len(shares) == 0 {
		return nil
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
