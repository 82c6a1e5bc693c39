package sqlitestore

import (
	"maps"
	"math"
	"slices"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// networks are where the problems of one service came from in one slice of
// time. A slice is that of the arrival of a report, not of the minute it
// names: pseudonyms are those of the day of arrival, so a slice never mixes
// two days, and a slice that is over never changes.
type networks struct {
	reports map[source]int64 // at most window.MaxNetworks
	beyond  map[string]int64 // reports from further networks, by country
}

// source is a network as seen in one country.
type source struct {
	country string
	network report.Network
}

func (ns *networks) add(s source) {
	if _, ok := ns.reports[s]; !ok && len(ns.reports) >= window.MaxNetworks {
		ns.beyond[s.country]++
		return
	}
	ns.reports[s]++
}

// sources collects slices, quickly; what they mean is computed later.
type sources struct {
	reports []sourceCount
	beyond  []sourceCount
}

type sourceCount struct {
	source
	n int64
}

func (all *sources) add(ns *networks) {
	if ns == nil {
		return
	}
	for s, n := range ns.reports {
		all.reports = append(all.reports, sourceCount{s, n})
	}
	for country, n := range ns.beyond {
		all.beyond = append(all.beyond, sourceCount{source{country: country}, n})
	}
}

// counts describes the sources together and by country.
func (all *sources) counts() window.NetworkCounts {
	world := map[report.Network]int64{}
	bySource := map[source]int64{}
	for _, s := range all.reports {
		world[s.network] += s.n
		bySource[s.source] += s.n
	}
	var whole tallies
	byCountry := map[string]*tallies{}
	of := func(country string) *tallies {
		t := byCountry[country]
		if t == nil {
			t = &tallies{}
			byCountry[country] = t
		}
		return t
	}
	for _, n := range world {
		whole.add(n)
	}
	for s, n := range bySource {
		of(s.country).add(n)
	}
	for _, s := range all.beyond {
		whole.beyond += s.n
		of(s.country).beyond += s.n
	}
	c := window.NetworkCounts{World: whole.sources(), ByCountry: make(map[string]window.Sources, len(byCountry))}
	for country, t := range byCountry {
		c.ByCountry[country] = t.sources()
	}
	return c
}

// tallies are networks by how many reports they sent.
type tallies struct {
	networks map[int64]int
	beyond   int64
}

func (t *tallies) add(n int64) {
	if t.networks == nil {
		t.networks = map[int64]int{}
	}
	t.networks[n]++
}

// sources sums in a fixed order: the same reports give the same bits.
func (t *tallies) sources() window.Sources {
	s := window.Sources{Reports: t.beyond}
	var largest float64
	for _, n := range slices.Sorted(maps.Keys(t.networks)) {
		networks := t.networks[n]
		weight := 1 + math.Log2(float64(n))
		s.Networks += networks
		s.Reports += n * int64(networks)
		s.Discounted += weight * float64(networks)
		largest = weight // the last is the largest
	}
	if s.Discounted > 0 {
		s.Largest = largest / s.Discounted
	}
	return s
}
