package monitor_test

import (
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"
)

// TestAnOutageIsDeclaredAfterALongFlood lets one holder press for 30 hours before an
// outage, and go on. Rollups are made as time passes, so that baselines learn: two
// fifths of what they know are the flood.
func TestAnOutageIsDeclaredAfterALongFlood(t *testing.T) {
	skipSlow(t)
	people := mixes["a small country with two carriers"]
	alone := medianDelay(t, people, 20)
	for _, a := range attacks {
		if a.perMinute > 100 {
			continue
		}
		f := newField(t, people)
		for range 30 {
			f.press(time.Hour, a.from, a.perMinute)
			for {
				if n, err := f.archive.RollUp(t.Context(), f.now); err != nil {
					t.Fatal(err)
				} else if n == 0 {
					break
				}
			}
		}
		for _, inc := range f.incidents() {
			t.Errorf("%s made an incident from %s to %s", a.name, inc.Suspected.Format(time.TimeOnly), inc.Resolved.Format(time.TimeOnly))
		}
		share := 20 / (20 + a.perMinute)
		got := f.declaredAfter(func(rng *rand.Rand) netip.Addr {
			if rng.Float64() < share {
				return people(rng)
			}
			return a.from(rng)
		}, 20+a.perMinute)
		t.Logf("after 30 hours of %s: declared after %s, alone after %s", a.name, got, alone)
		if got > alone+2*time.Minute {
			t.Errorf("after 30 hours of %s: declared after %s, want at most two minutes more than %s", a.name, got, alone)
		}
	}
}
