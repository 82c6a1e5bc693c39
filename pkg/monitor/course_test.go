package monitor

import (
	"math/rand/v2"
	"testing"
)

func TestSumsAreWhatAMapWouldHold(t *testing.T) {
	const wraps = hour(8 << 16) // in 2029, where the bits that are kept begin anew
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		first := wraps - hour(rnd.IntN(700))
		var s sums
		naive := map[hour]int64{}
		for range rnd.IntN(80) {
			at, n := first+hour(rnd.IntN(700)), rnd.Int64N(5)
			if rnd.IntN(20) == 0 {
				n = rnd.Int64N(300_000)
			}
			s.add(at, n)
			naive[at] += n
			if rnd.IntN(15) == 0 {
				before := first + hour(rnd.IntN(700))
				s.forget(before)
				for at := range naive {
					if at < before {
						delete(naive, at)
					}
				}
			}
		}
		from := first + hour(rnd.IntN(700))
		to := from + hour(rnd.IntN(100))
		var within float64
		earlier := false
		for at, n := range naive {
			if got := s.at(at); got != n {
				t.Fatalf("hour %d has %d reports, want %d", at, got, n)
			}
			if from <= at && at < to {
				within += float64(n)
			}
			earlier = earlier || n > 0 && at < from
		}
		if got := s.between(from, to); got != within {
			t.Fatalf("%v reports in [%d, %d), want %v", got, from, to, within)
		}
		if got := s.before(from); got != earlier {
			t.Fatalf("reports before %d: %v, want %v", from, got, earlier)
		}
	}
	var none *sums
	if none.between(0, wraps) != 0 || none.at(wraps) != 0 {
		t.Error("no sums have reports")
	}
}

func TestAFamilyHoldsNoMoreThanItsHistory(t *testing.T) {
	u := newUsual("acme", nil) // nothing is known of it
	u.until = 8 << 16
	f := &family{members: map[string]bool{}}
	f.join("acme", u)
	for name, c := range map[string]*course{"known": &f.known, "sum": &f.sum} {
		if n := cap(c.values); n > 2*int(historyHours) {
			t.Errorf("%s takes the room of %d hours, want about %d", name, n, historyHours)
		}
	}
}
