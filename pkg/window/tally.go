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

	index *index // of Arrivals; nil where nobody made one
}

// Arrival is how many problems arrived from a network in a slice.
type Arrival struct {
	Slice   Slice
	Country string
	Network report.Network
	N       int64
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
	counts := NetworkCounts{ByCountry: map[string]Sources{}, Arrivals: t.arrivals, index: indexOf(t.arrivals)}
	if counts.Arrivals == nil {
		counts.Arrivals = []Arrival{} // it is known that there are none
	}
	first := Slice(math.MinInt64)
	counts.World = counts.Since("", first)
	for country := range counts.index.byCountry {
		counts.ByCountry[country] = counts.Since(country, first)
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
