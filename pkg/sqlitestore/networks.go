package sqlitestore

import (
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// slicesKept is how many slices the longest answer about networks needs.
const slicesKept = int64(window.SliceRetention / window.SliceWidth)

// sliceOf returns the slice of a time in milliseconds since the Unix epoch.
// Slices are numbered from there.
func sliceOf(millis int64) int64 { return millis / window.SliceWidth.Milliseconds() }

// networks are the networks that the problems of one service came from in one
// slice. A report belongs to the slice in which it arrived, not to that of the
// minute it names. Pseudonyms are those of the day of arrival, so a slice never
// mixes two days, and a slice that is over never changes.
type networks struct {
	reports map[source]int64 // at most window.MaxNetworks
	beyond  map[string]int64 // reports from further networks, by country
}

// source is a network in one country.
type source struct {
	country string
	network report.Network
}

// add counts a report from s.
func (ns *networks) add(s source) {
	if _, ok := ns.reports[s]; !ok && len(ns.reports) >= window.MaxNetworks {
		ns.beyond[s.country]++
		return
	}
	ns.reports[s]++
}

// addTo adds the slice to a tally. A nil slice adds nothing.
func (ns *networks) addTo(tally *window.Tally) {
	if ns == nil {
		return
	}
	for s, n := range ns.reports {
		tally.Add(s.country, s.network, n)
	}
	for country, n := range ns.beyond {
		tally.AddBeyond(country, n)
	}
}
