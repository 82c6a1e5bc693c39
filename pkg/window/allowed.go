package window

import (
	"math"

	"github.com/outcry/outcry/pkg/report"
)

// mostOfOneHolder is the largest share of a count that one holder of addresses
// may have.
const mostOfOneHolder = 0.4

// Allowed returns how many of the held reports of one holder count, when there
// are total reports: so many that they are mostOfOneHolder of what counts, and
// the logarithm of the rest. With everybody in one holder it is 1 + log2(held).
// What is counted of a service then follows what people in general send, whatever
// one of them does, and is in proportion to it where one holder always has most.
func Allowed(held, total float64) float64 {
	if held <= 0 {
		return 0
	}
	others := max(0, total-held)
	return min(held, others*mostOfOneHolder/(1-mostOfOneHolder)+1+math.Log2(max(1, held)))
}

// fewestDominating is the least number of reports of which Allowed sets some aside
// that matter.
const fewestDominating = 4

// Independence returns the share of the problems that counts as those of
// independent people, in (0, 1), in the slices from since on, for the countries in
// which a holder sent more than Allowed. In all others all count.
func (c NetworkCounts) Independence(since Slice) map[string]float64 {
	type holder struct {
		country string
		holder  report.Holder
	}
	totals, held := map[string]int64{}, map[holder]int64{}
	for _, a := range c.Arrivals {
		if a.Slice >= since {
			totals[a.Country] += a.N
			held[holder{a.Country, a.Network.Holder()}] += a.N
		}
	}
	var shares map[string]float64
	for h, n := range held {
		if n < fewestDominating || float64(n) < mostOfOneHolder*float64(totals[h.country]) {
			continue
		}
		total := float64(totals[h.country])
		if aside := float64(n) - Allowed(float64(n), total); aside > 0 {
			if shares == nil {
				shares = map[string]float64{}
			}
			if _, other := shares[h.country]; !other {
				shares[h.country] = 1
			}
			shares[h.country] -= aside / total
		}
	}
	return shares
}
