package scenario

import (
	"net/netip"
	"testing"
)

// A country has few enough holders to be small, and none that decides alone.
func TestTheHoldersOfACountryAreThoseOfASmallOne(t *testing.T) {
	if len(countries)*networksPerCountry > 1<<16 || len(countries) > 1<<8 {
		t.Errorf("%d countries have no room in two bytes", len(countries))
	}
	if len(places()) != len(countries) {
		t.Errorf("%d countries of %d have codes of their own", len(places()), len(countries))
	}
	rng, h := source(1, "test"), newAddressPool(source(2, "test"))
	by := map[netip.Prefix]int{}
	const n = 20_000
	for range n {
		p, err := h.in(rng, 3).Prefix(29)
		if err != nil {
			t.Fatal(err)
		}
		by[p]++
	}
	if len(by) != 11 {
		t.Errorf("%d holders, want 11", len(by))
	}
	for p, k := range by {
		if share := float64(k) / n; share < 0.02 || share > 0.35 {
			t.Errorf("%v has %.2f of the reports, want from 0.02 to 0.35", p, share)
		}
	}
}
