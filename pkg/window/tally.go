package window

import (
	"maps"
	"math"
	"slices"

	"github.com/outcry/outcry/pkg/report"
)

// Tally collects where the reports of a service came from, slice by slice. The
// zero Tally is empty. Adding is quick; what it means is computed by Counts.
type Tally struct {
	reports []tallied
	beyond  []tallied
}

type tallied struct {
	source
	n int64
}

// source is a network as seen in one country.
type source struct {
	country string
	network report.Network
}

// Add adds n reports of a network in a country.
func (t *Tally) Add(country string, network report.Network, n int64) {
	t.reports = append(t.reports, tallied{source{country, network}, n})
}

// AddBeyond adds n reports of a country whose networks were beyond MaxNetworks.
func (t *Tally) AddBeyond(country string, n int64) {
	t.beyond = append(t.beyond, tallied{source{country: country}, n})
}

// Counts describes the sources together and by country.
func (t *Tally) Counts() NetworkCounts {
	world := map[report.Network]int64{}
	bySource := map[source]int64{}
	for _, s := range t.reports {
		world[s.network] += s.n
		bySource[s.source] += s.n
	}
	var whole sizes
	byCountry := map[string]*sizes{}
	of := func(country string) *sizes {
		s := byCountry[country]
		if s == nil {
			s = &sizes{}
			byCountry[country] = s
		}
		return s
	}
	for _, n := range world {
		whole.add(n)
	}
	for s, n := range bySource {
		of(s.country).add(n)
	}
	for _, s := range t.beyond {
		whole.beyond += s.n
		of(s.country).beyond += s.n
	}
	c := NetworkCounts{World: whole.sources(), ByCountry: make(map[string]Sources, len(byCountry))}
	for country, s := range byCountry {
		c.ByCountry[country] = s.sources()
	}
	return c
}

// sizes are networks by how many reports they sent.
type sizes struct {
	networks map[int64]int
	beyond   int64
}

func (s *sizes) add(n int64) {
	if s.networks == nil {
		s.networks = map[int64]int{}
	}
	s.networks[n]++
}

// sources sums in a fixed order: the same reports give the same bits.
func (s *sizes) sources() Sources {
	all := Sources{Reports: s.beyond}
	var largest float64
	for _, n := range slices.Sorted(maps.Keys(s.networks)) {
		networks := s.networks[n]
		weight := 1 + math.Log2(float64(n))
		all.Networks += networks
		all.Reports += n * int64(networks)
		all.Discounted += weight * float64(networks)
		largest = weight // the last is the largest
	}
	if all.Discounted > 0 {
		all.Largest = largest / all.Discounted
	}
	return all
}
