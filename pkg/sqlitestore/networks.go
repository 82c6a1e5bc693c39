package sqlitestore

import (
	"time"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// slicesKept is how many slices the longest answer about networks needs.
const slicesKept = window.Slice(window.SliceRetention / window.SliceWidth)

// sliceOf returns the slice of a time in milliseconds since the Unix epoch.
func sliceOf(millis int64) window.Slice { return window.SliceOf(time.UnixMilli(millis)) }

// networks are the networks that the problems of one service came from in one
// slice. A report belongs to the slice in which it arrived, not to that of the
// minute it names. Pseudonyms are those of the day of arrival, so a slice never
// mixes two days, and a slice that is over never changes.
type networks map[source]int64 // reports

// source is a network in one country.
type source struct {
	country string
	network report.Network
}

// add counts a report from s. Who comes after window.MaxNetworks others loses the
// network and keeps the holder, for as long as there is room.
func (ns networks) add(s source) {
	if _, known := ns[s]; !known && len(ns) >= window.MaxNetworks {
		s.network = s.network.OfHolder()
		if _, known := ns[s]; !known && len(ns) >= 2*window.MaxNetworks {
			s.network = s.network.Coarse()
		}
	}
	ns[s]++
}

// addTo adds the networks of a slice to a tally.
func (ns networks) addTo(tally *window.Tally, slice window.Slice) {
	for s, n := range ns {
		tally.Add(window.Arrival{Slice: slice, Country: s.country, Network: s.network, N: n})
	}
}
