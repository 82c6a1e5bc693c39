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
	Reports    int64   // reports, also those of networks beyond MaxNetworks
	Discounted float64 // the sum over networks of 1 + log2(reports): reports of one network weigh less and less
	Largest    float64 // the largest share of Discounted that one network has, in [0, 1]
}

// NetworkCounts are the sources of the problems of one service.
type NetworkCounts struct {
	World     Sources
	ByCountry map[string]Sources
}

// Tally adds up the networks that reports of one service came from. The zero
// Tally is empty. Add is cheap; Counts does the work.
type Tally struct {
	reports []sourceCount
	beyond  []countryCount
}

// sourceCount is the number of reports of a network in a country.
type sourceCount struct {
	country string
	network report.Network
	n       int64
}

// countryCount is the number of reports of a country.
type countryCount struct {
	country string
	n       int64
}

// Add adds n reports of a network in a country.
func (t *Tally) Add(country string, network report.Network, n int64) {
	t.reports = append(t.reports, sourceCount{country, network, n})
}

// AddBeyond adds n reports of a country that came from networks beyond
// MaxNetworks.
func (t *Tally) AddBeyond(country string, n int64) {
	t.beyond = append(t.beyond, countryCount{country, n})
}

// Counts returns the sources of all reports together and by country.
func (t *Tally) Counts() NetworkCounts {
	type source struct {
		country string
		network report.Network
	}
	world := map[report.Network]int64{}
	bySource := map[source]int64{}
	for _, c := range t.reports {
		world[c.network] += c.n
		bySource[source{c.country, c.network}] += c.n
	}
	var worldSizes networkSizes
	byCountry := map[string]*networkSizes{}
	of := func(country string) *networkSizes {
		s := byCountry[country]
		if s == nil {
			s = &networkSizes{}
			byCountry[country] = s
		}
		return s
	}
	for _, n := range world {
		worldSizes.add(n)
	}
	for s, n := range bySource {
		of(s.country).add(n)
	}
	for _, c := range t.beyond {
		worldSizes.beyond += c.n
		of(c.country).beyond += c.n
	}
	counts := NetworkCounts{World: worldSizes.sources(), ByCountry: make(map[string]Sources, len(byCountry))}
	for country, s := range byCountry {
		counts.ByCountry[country] = s.sources()
	}
	return counts
}

// networkSizes counts networks by the number of reports that each sent.
type networkSizes struct {
	networks map[int64]int // networks, by reports
	beyond   int64         // reports of networks that were not counted
}

// add adds a network that sent n reports.
func (s *networkSizes) add(n int64) {
	if s.networks == nil {
		s.networks = map[int64]int{}
	}
	s.networks[n]++
}

// sources sums in a fixed order, so that the same reports give the same bits.
func (s *networkSizes) sources() Sources {
	total := Sources{Reports: s.beyond}
	var largest float64
	for _, n := range slices.Sorted(maps.Keys(s.networks)) {
		networks := s.networks[n]
		weight := 1 + math.Log2(float64(n))
		total.Networks += networks
		total.Reports += n * int64(networks)
		total.Discounted += weight * float64(networks)
		largest = weight // sizes ascend
	}
	if total.Discounted > 0 {
		total.Largest = largest / total.Discounted
	}
	return total
}
