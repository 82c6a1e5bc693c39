package window_test

import (
	"cmp"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// TestAnIndexAnswersLikeAPassOverTheArrivals compares the answers of an index with
// those that are added up one arrival after the other.
func TestAnIndexAnswersLikeAPassOverTheArrivals(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	countries := []string{"BD", "IN", "US"}
	var arrivals []window.Arrival
	for range 3000 {
		network := report.Network(r.IntN(40)) | report.Network(r.IntN(30))<<28
		arrivals = append(arrivals, window.Arrival{Slice: window.Slice(r.IntN(12)), Country: countries[r.IntN(3)], Network: network, N: 1 + r.Int64N(9)})
	}
	var tally window.Tally
	for _, a := range arrivals {
		tally.Add(a)
	}
	index := tally.Counts()
	for _, country := range append(countries, "", "DE") {
		for since := range window.Slice(13) {
			split := since - 3
			from := map[report.Network]bool{}
			by := map[report.Holder]window.Holding{}
			var later window.Tally
			for _, a := range arrivals {
				if country != "" && a.Country != country {
					continue
				}
				h := by[a.Network.Holder()]
				if a.Slice < split {
					h.Before += a.N
				}
				if a.Slice >= since {
					h.N += a.N
					if !from[a.Network] {
						from[a.Network] = true
						h.Networks++
					}
					later.Add(a)
				}
				by[a.Network.Holder()] = h
			}
			var want []window.Holding
			for _, h := range by {
				want = append(want, h)
			}
			got := index.Holdings(country, since, split)
			if order(got); !reflect.DeepEqual(got, order(want)) && len(got)+len(want) > 0 {
				t.Fatalf("holdings of %q since %d, before %d: %v, want %v", country, since, split, got, want)
			}
			if got, want := index.Since(country, since), later.Counts().World; got != want {
				t.Fatalf("sources of %q since %d: %+v, want %+v", country, since, got, want)
			}
		}
	}
}

// order sorts holdings, and returns them.
func order(all []window.Holding) []window.Holding {
	slices.SortFunc(all, func(a, b window.Holding) int {
		return cmp.Or(cmp.Compare(a.N, b.N), cmp.Compare(a.Before, b.Before), cmp.Compare(a.Networks, b.Networks))
	})
	return all
}
