package window

import "github.com/outcry/outcry/pkg/report"

// Index answers many questions about the same arrivals: it splits them by country
// and numbers the networks and holders of each once. It is not safe for concurrent
// use.
type Index struct {
	all       []Arrival
	byCountry map[string][]Arrival
	made      map[string]*origins
}

// NewIndex returns the index of arrivals, which must not change afterwards.
func NewIndex(arrivals []Arrival) *Index {
	x := &Index{all: arrivals, byCountry: map[string][]Arrival{}, made: map[string]*origins{}}
	for _, a := range arrivals {
		x.byCountry[a.Country] = append(x.byCountry[a.Country], a)
	}
	return x
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
func (x *Index) Holdings(country string, since, split Slice) []Holding {
	o := x.of(country)
	all := make([]Holding, o.holders)
	seen := make([]bool, o.networks)
	for _, a := range o.arrivals {
		h := &all[a.holder]
		if a.slice < split {
			h.Before += a.n
		}
		if a.slice < since {
			continue
		}
		h.N += a.n
		if !seen[a.network] {
			seen[a.network] = true
			h.Networks++
		}
	}
	return all
}

// Since returns the sources of the slices from since on: from a country, or from
// everywhere if country is empty.
func (x *Index) Since(country string, since Slice) Sources {
	o := x.of(country)
	sent := make([]int64, o.networks)
	for _, a := range o.arrivals {
		if a.slice >= since {
			sent[a.network] += a.n
		}
	}
	var sizes networkSizes
	for _, n := range sent {
		if n > 0 {
			sizes.add(n)
		}
	}
	return sizes.sources()
}

// origins are the arrivals of one country, or of all, whose networks and holders
// have consecutive numbers.
type origins struct {
	arrivals          []origin
	networks, holders int // how many there are
}

// origin is an arrival with the numbers of its network and holder.
type origin struct {
	slice           Slice
	network, holder int32
	n               int64
}

// of returns the arrivals from a country, or from everywhere if country is empty.
func (x *Index) of(country string) *origins {
	if o := x.made[country]; o != nil {
		return o
	}
	arrivals := x.all
	if country != "" {
		arrivals = x.byCountry[country]
	}
	networks, holders := make(map[report.Network]int32, len(arrivals)/4), map[report.Holder]int32{}
	o := &origins{arrivals: make([]origin, 0, len(arrivals))}
	for _, a := range arrivals {
		o.arrivals = append(o.arrivals, origin{a.Slice, number(networks, a.Network), number(holders, a.Network.Holder()), a.N})
	}
	o.networks, o.holders = len(networks), len(holders)
	x.made[country] = o
	return o
}

// number returns the number of key, which is the next one for a new key.
func number[K comparable](numbers map[K]int32, key K) int32 {
	n, found := numbers[key]
	if !found {
		n = int32(len(numbers))
		numbers[key] = n
	}
	return n
}
