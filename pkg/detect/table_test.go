package detect

import (
	"slices"
	"testing"
	"time"
)

// TestOutagesAreFound simulates outages of 90 minutes in cells of every size
// and holds the detector to the delays that were measured.
func TestOutagesAreFound(t *testing.T) {
	if testing.Short() {
		t.Skip("this test takes many seconds")
	}
	const seeds = 12
	for _, c := range []struct {
		per5, times float64
		found       int // at least, of 12, as an outage
		delay       int // at most, median minutes until the outage
	}{
		{0.02, 10, 0, 0}, // a fifth of a report in 5 minutes: nobody could tell
		{0.02, 100, 12, 30},
		{0.02, 500, 12, 7},
		{0.2, 30, 12, 9},
		{0.2, 100, 12, 3},
		{2, 3, 4, 60},
		{2, 5, 12, 14},
		{2, 10, 12, 5},
		{2, 100, 12, 1},
		{20, 3, 12, 7},
		{20, 10, 12, 2},
		{20, 100, 12, 1},
		{200, 3, 12, 5},
		{200, 30, 12, 1},
	} {
		var delays, clears []int
		misdated := 0
		for seed := range uint64(seeds) {
			r := newRun(seed, c.per5)
			onset, declared := r.at, -1
			for m := range 90 {
				v := r.trouble(c.times)
				if !v.Ended.IsZero() && c.per5*c.times >= 5 {
					t.Errorf("%v x%v, seed %d: ended %d minutes into the outage", c.per5, c.times, seed, m)
				}
				if v.Level == Outage && declared < 0 {
					declared = m + 1
					delays = append(delays, declared)
					if off := v.Onset.Sub(onset); c.per5*c.times >= 10 && off.Abs() > 6*time.Minute {
						t.Logf("%v x%v, seed %d: onset is off by %v", c.per5, c.times, seed, off)
						misdated++
					}
				}
			}
			if !r.last.Anomalous {
				continue
			}
			drop := r.at
			for m := range 180 {
				if v := r.quiet(); !v.Ended.IsZero() {
					clears = append(clears, m+1)
					if c.per5*c.times >= 10 && v.Ended.Before(drop.Add(-5*time.Minute)) {
						t.Errorf("%v x%v, seed %d: ended %v before the drop", c.per5, c.times, seed, drop.Sub(v.Ended))
					}
					break
				}
			}
			if r.last.Anomalous {
				t.Errorf("%v x%v, seed %d: not over after 3 hours", c.per5, c.times, seed)
			}
		}
		slices.Sort(delays)
		slices.Sort(clears)
		t.Logf("%6.2f per 5 minutes x%-4.0f outages %2d of %d after %v, over after %v", c.per5, c.times, len(delays), seeds, delays, clears)
		if misdated > 1 { // reports may come by chance right before an outage
			t.Errorf("%v x%v: %d onsets are off by more than 6 minutes", c.per5, c.times, misdated)
		}
		if len(delays) < c.found {
			t.Errorf("%v x%v: %d of %d found, want %d", c.per5, c.times, len(delays), seeds, c.found)
		}
		if n := len(delays); c.found > 0 && n > 0 && delays[n/2] > c.delay {
			t.Errorf("%v x%v: median delay is %d minutes, want %d", c.per5, c.times, delays[n/2], c.delay)
		}
		if n := len(clears); n > 0 && c.per5*(c.times-1) >= 8 && clears[n/2] > 40 {
			t.Errorf("%v x%v: median end after %d minutes, want 40", c.per5, c.times, clears[n/2])
		}
	}
}

func TestEightReportsInFiveMinutesAreAnOutageWithinMinutes(t *testing.T) {
	for _, per5 := range []float64{0.02, 0.2, 1} {
		var delays []int
		for seed := range uint64(20) {
			r := newRun(seed, per5)
			for m := range 60 {
				if r.excess(8).Level == Outage {
					delays = append(delays, m+1)
					break
				}
			}
		}
		slices.Sort(delays)
		t.Logf("%v per 5 minutes: %v", per5, delays)
		if len(delays) < 20 || delays[10] > 11 || delays[17] > 20 {
			t.Errorf("%v per 5 minutes: declared after %v minutes", per5, delays)
		}
	}
}
