package window

import "github.com/outcry/outcry/pkg/report"

// index numbers the networks and holders behind arrivals, and lists the arrivals of
// each country, so that many questions about them are cheap. It does not change.
type index struct {
	networks  []int32            // of each arrival, the number of its network
	holders   []int32            // of each network, the number of its holder
	total     int32              // holders
	byCountry map[string][]int32 // the places of the arrivals of a country
}

// indexOf returns the index of arrivals.
func indexOf(arrivals []Arrival) *index {
	x := &index{networks: make([]int32, len(arrivals)), byCountry: map[string][]int32{}}
	networks := make(map[report.Network]int32, len(arrivals)/4)
	holders := map[report.Holder]int32{}
	for i := range arrivals {
		a := &arrivals[i]
		n, found := networks[a.Network]
		if !found {
			n = int32(len(networks))
			networks[a.Network] = n
			h, found := holders[a.Network.Holder()]
			if !found {
				h = int32(len(holders))
				holders[a.Network.Holder()] = h
			}
			x.holders = append(x.holders, h)
		}
		x.networks[i] = n
	}
	x.total = int32(len(holders))
	for from := 0; from < len(arrivals); {
		country, end := arrivals[from].Country, from+1
		for end < len(arrivals) && arrivals[end].Country == country {
			end++
		}
		places := x.byCountry[country]
		for i := from; i < end; i++ {
			places = append(places, int32(i))
		}
		x.byCountry[country] = places
		from = end
	}
	return x
}

// indexed returns the index of the arrivals of c.
func (c NetworkCounts) indexed() *index {
	if c.index == nil {
		return indexOf(c.Arrivals)
	}
	return c.index
}

// each calls f with the number of the network of each arrival from a country, or
// from everywhere if country is empty.
func (c NetworkCounts) each(x *index, country string, f func(network int32, a *Arrival)) {
	if country == "" {
		for i := range c.Arrivals {
			f(x.networks[i], &c.Arrivals[i])
		}
		return
	}
	for _, i := range x.byCountry[country] {
		f(x.networks[i], &c.Arrivals[i])
	}
}

// Since returns the sources of the slices from since on: from a country, or from
// everywhere if country is empty.
func (c NetworkCounts) Since(country string, since Slice) Sources {
	x := c.indexed()
	sent := make([]int64, len(x.holders))
	c.each(x, country, func(network int32, a *Arrival) {
		if a.Slice >= since {
			sent[network] += a.N
		}
	})
	var sizes networkSizes
	for _, n := range sent {
		if n > 0 {
			sizes.add(n)
		}
	}
	return sizes.sources()
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
	x := c.indexed()
	place := make([]int32, x.total) // of each holder in all, from 1 on; 0 if it is not there
	seen := make([]bool, len(x.holders))
	var all []Holding
	c.each(x, country, func(network int32, a *Arrival) {
		i := place[x.holders[network]]
		if i == 0 {
			all = append(all, Holding{})
			i = int32(len(all))
			place[x.holders[network]] = i
		}
		h := &all[i-1]
		if a.Slice < split {
			h.Before += a.N
		}
		if a.Slice < since {
			return
		}
		h.N += a.N
		if !seen[network] {
			seen[network] = true
			h.Networks++
		}
	})
	return all
}
