package sqlitestore

import (
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

// addTo adds the slice to what is collected of others.
func (ns *networks) addTo(all *window.Tally) {
	if ns == nil {
		return
	}
	for s, n := range ns.reports {
		all.Add(s.country, s.network, n)
	}
	for country, n := range ns.beyond {
		all.AddBeyond(country, n)
	}
}
