package window

import (
	"maps"
	"math"
	"slices"

	"github.com/outcry/outcry/pkg/report"
)

// Sources describes the networks that the reports of some time came from.
// Networks of two UTC days are never added up: their pseudonyms change at
// midnight.
type Sources struct {
	Networks   int     // distinct networks
	Reports    int64   // reports
	Discounted float64 // the sum over networks of 1 + log2(reports): reports of one network weigh less and less
	Largest    float64 // the largest share of Discounted that one network has, in [0, 1]
}

// NetworkCounts are the sources of the problems of one service.
type NetworkCounts struct {
	World     Sources
	ByCountry map[string]Sources
	// Arrivals are the reports that the others sum up, in no order. It is nil where
	// networks are not known one by one.
	Arrivals []Arrival
}

// Arrival is how many problems arrived from a network in a slice.
type Arrival struct {
	Slice   Slice
	Country string
	Network report.Network
	N       int64
}

// Since returns the sources of the slices from since on: from a country, or from
// everywhere if country is empty.
func (c NetworkCounts) Since(country string, since Slice) Sources {
	by := map[report.Network]int64{}
	for _, a := range c.Arrivals {
		if a.Slice >= since && (country == "" || a.Country == country) {
			by[a.Network] += a.N
		}
	}
	var sizes networkSizes
	for _, n := range by {
		sizes.add(n)
	}
	return sizes.sources()
}

// Of returns the sources of one slice.
func (c NetworkCounts) Of(slice Slice) NetworkCounts {
	var t Tally
	for _, a := range c.Arrivals {
		if a.Slice == slice {
			t.Add(a)
		}
	}
	return t.Counts()
}

// Holding is how many problems came from one holder.
type Holding struct {
	N        int64 // since a slice
	Before   int64 // before another slice
	Networks int   // distinct networks behind N
}

// Holdings returns what each holder sent, in no order: from a country, or from
// everywhere if country is empty. N counts the slices from since on, and Before
// those before split.
func (c NetworkCounts) Holdings(country string, since, split Slice) []Holding {
	index := map[report.Holder]int{}
	seen := make(map[report.Network]struct{}, len(c.Arrivals))
	var all []Holding
	for _, a := range c.Arrivals {
		if country != "" && a.Country != country {
			continue
		}
		i, found := index[a.Network.Holder()]
		if !found {
			i = len(all)
			index[a.Network.Holder()] = i
			all = append(all, Holding{})
		}
		h := &all[i]
		if a.Slice < split {
			h.Before += a.N
		}
		if a.Slice < since {
			continue
		}
		h.N += a.N
		if _, old := seen[a.Network]; !old {
			seen[a.Network] = struct{}{}
			h.Networks++
		}
	}
	return all
}

// HasNetwork reports whether the network of a report counts: that of a problem
// that names the minute it arrived in, or the one before. A report of something
// earlier is counted in that minute, and says nothing about how many notice
// something now.
func HasNetwork(r *report.Report) bool {
	return r.Kind == report.Problem && r.Received.Sub(r.Minute) < 2*Width
}

// Tally adds up the networks that reports of one service came from. The zero
// Tally is empty. Add is cheap; Counts does the work.
type Tally struct{ arrivals []Arrival }

// Add adds what arrived from a network in a slice.
func (t *Tally) Add(a Arrival) { t.arrivals = append(t.arrivals, a) }

// Counts returns the sources of all reports together and by country.
func (t *Tally) Counts() NetworkCounts {
	type source struct {
		country string
		network report.Network
	}
	world := map[report.Network]int64{}
	bySource := map[source]int64{}
	for _, a := range t.arrivals {
		world[a.Network] += a.N
		bySource[source{a.Country, a.Network}] += a.N
	}
	var worldSizes networkSizes
	byCountry := map[string]networkSizes{}
	for _, n := range world {
		worldSizes.add(n)
	}
	for s, n := range bySource {
		sizes := byCountry[s.country]
		sizes.add(n)
		byCountry[s.country] = sizes
	}
	counts := NetworkCounts{World: worldSizes.sources(), ByCountry: make(map[string]Sources, len(byCountry)), Arrivals: t.arrivals}
	if counts.Arrivals == nil {
		counts.Arrivals = []Arrival{} // it is known that there are none
	}
	for country, sizes := range byCountry {
		counts.ByCountry[country] = sizes.sources()
	}
	return counts
}

// networkSizes is the number of networks by the number of reports that each sent.
type networkSizes map[int64]int

// add adds a network that sent n reports.
func (s *networkSizes) add(n int64) {
	if *s == nil {
		*s = networkSizes{}
	}
	(*s)[n]++
}

// sources sums in a fixed order, so that the same reports give the same bits.
func (s networkSizes) sources() (total Sources) {
	var largest float64
	for _, n := range slices.Sorted(maps.Keys(s)) {
		weight := 1 + math.Log2(float64(n))
		total.Networks += s[n]
		total.Reports += n * int64(s[n])
		total.Discounted += weight * float64(s[n])
		largest = weight // sizes ascend
	}
	if total.Discounted > 0 {
		total.Largest = largest / total.Discounted
	}
	return total
}
