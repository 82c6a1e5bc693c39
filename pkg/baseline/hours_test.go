package baseline

import (
	"math/rand/v2"
	"testing"
)

func TestHourlyCountsHoldWhatAMapWouldHold(t *testing.T) {
	const wraps = hour(8 << 16) // in 2029, where the low 16 bits of an hour begin anew
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		first := wraps - hour(rnd.IntN(700))
		var c hourlyCounts
		naive := map[hour]int64{}
		for range rnd.IntN(80) {
			at, n := first+hour(rnd.IntN(700)), rnd.Int64N(5)
			if rnd.IntN(20) == 0 {
				n = rnd.Int64N(300_000)
			}
			c.add(at, n)
			naive[at] += n
			if rnd.IntN(15) == 0 {
				before := first + hour(rnd.IntN(700))
				c.forget(before)
				for at := range naive {
					if at < before {
						delete(naive, at)
					}
				}
			}
		}
		from := first + hour(rnd.IntN(700))
		to := from + hour(rnd.IntN(100))
		var between float64
		before := false
		for at, n := range naive {
			if got := c.at(at); got != n {
				t.Fatalf("at(%d) = %d, want %d", at, got, n)
			}
			if from <= at && at < to {
				between += float64(n)
			}
			before = before || n > 0 && at < from
		}
		if got := c.between(from, to); got != between {
			t.Fatalf("between(%d, %d) = %v, want %v", from, to, got, between)
		}
		if got := c.before(from); got != before {
			t.Fatalf("before(%d) = %v, want %v", from, got, before)
		}
	}
	var none *hourlyCounts
	if between, at := none.between(0, wraps), none.at(wraps); between != 0 || at != 0 {
		t.Errorf("nil counts have %v reports in all and %d in an hour, want 0", between, at)
	}
}

func TestAKindHoldsNoMoreThanItsHistory(t *testing.T) {
	s := newService("acme", nil) // without any history
	s.until = 8 << 16
	k := &kind{members: map[string]bool{}}
	k.add("acme", s)
	for name, c := range map[string]*series{"coverage": &k.coverage, "reports": &k.reports} {
		if n := cap(c.values); n > 2*int(historyHours) {
			t.Errorf("%s has a capacity of %d hours, want about %d", name, n, historyHours)
		}
	}
}
