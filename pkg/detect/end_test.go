package detect

import (
	"testing"
	"time"
)

func TestOnsetOfARampIsFound(t *testing.T) {
	off := 0
	for seed := range uint64(10) {
		for _, per5 := range []float64{0.2, 2, 20} {
			r := newRun(seed, per5)
			begun := r.at
			for m := range 40 {
				n := r.minute(r.at) + r.poisson(min(1, float64(m+1)/10)*(8+2*per5))
				v := r.count(n)
				if v.Level >= Warning {
					if v.Onset.Sub(begun).Abs() > 5*time.Minute {
						t.Logf("%v per 5 minutes, seed %d: onset off by %v", per5, seed, v.Onset.Sub(begun))
						off++
					}
					break
				}
			}
			if r.last.Level < Warning {
				t.Errorf("%v per 5 minutes, seed %d: not found", per5, seed)
			}
		}
	}
	if off > 1 { // reports may come by chance right before an outage
		t.Errorf("%d of 30 onsets are off by more than 5 minutes", off)
	}
}

func TestALullOfMinutesEndsNoAnomaly(t *testing.T) {
	for _, excess := range []float64{20, 200, 2000} {
		r := newRun(2, 2)
		for range 30 {
			r.excess(excess)
		}
		for range 8 {
			if v := r.count(0); !v.Anomalous || !v.Ended.IsZero() {
				t.Fatalf("%v per 5 minutes: a lull ended it", excess)
			}
		}
		for range 30 {
			if v := r.excess(excess); !v.Ended.IsZero() {
				t.Fatalf("%v per 5 minutes: ended after a lull", excess)
			}
		}
		if r.last.Easing {
			t.Errorf("%v per 5 minutes: still easing half an hour after the lull", excess)
		}
	}
}

func TestAnUnsteadyOutageIsOneAnomaly(t *testing.T) {
	for seed := range uint64(10) {
		r := newRun(seed, 2)
		for range 20 {
			r.excess(100)
		}
		for m := range 240 { // between a fifth and twice its rate, from minute to minute
			if v := r.excess(20 + 180*r.rand.Float64()); !v.Ended.IsZero() {
				t.Fatalf("seed %d: ended after %d minutes", seed, m)
			}
		}
	}
}

func TestNothingEndsWhileCountsAreHigh(t *testing.T) {
	// A large outage falls to a fifth, which is still 40 times the baseline.
	r := newRun(3, 2)
	for range 60 {
		r.excess(400)
	}
	for m := range 120 {
		if v := r.excess(80); !v.Ended.IsZero() {
			t.Fatalf("ended after %d minutes at 40 times the baseline", m)
		}
	}
}

func TestAnAnomalyEndsWhenCountsAreNearTheBaseline(t *testing.T) {
	for seed := range uint64(10) {
		r := newRun(seed, 20)
		for range 60 {
			r.excess(300)
		}
		drop := r.at
		eased := false
		for {
			v := r.trouble(1.2)
			eased = eased || v.Easing
			if v.Ended.IsZero() {
				if r.at.Sub(drop) > 40*time.Minute {
					t.Fatalf("seed %d: not over after 40 minutes", seed)
				}
				continue
			}
			if off := v.Ended.Sub(drop); off < 0 || off > 20*time.Minute {
				t.Errorf("seed %d: dated %v after the drop", seed, off)
			}
			if !eased {
				t.Errorf("seed %d: it never eased", seed)
			}
			break
		}
		for m := range 60 {
			if v := r.quiet(); v.Anomalous {
				t.Fatalf("seed %d: began again %d minutes after the end", seed, m)
			}
		}
	}
}

func TestAnOutageEasesBelowItsReasonBelow(t *testing.T) {
	outage := func() (*run, float64) {
		r := newRun(3, 20)
		for range 60 {
			r.excess(300)
		}
		return r, r.last.Reason.Below / r.last.Window.Minutes()
	}
	over, rate := outage()
	under, _ := outage()
	for range 15 {
		over.count(rate * 1.2)
		under.count(rate * 0.8)
	}
	if !over.last.Anomalous || over.last.Easing {
		t.Errorf("it eased over %v a minute: %+v", rate, over.last)
	}
	if under.last.Anomalous && !under.last.Easing {
		t.Errorf("it did not ease under %v a minute: %+v", rate, under.last)
	}
}

func TestUnknownMinutesBeginAndEndNothing(t *testing.T) {
	r := newRun(1, 2)
	for range 10 {
		r.excess(40)
	}
	peak, onset := r.state.PeakRate, r.state.Onset
	for range 300 {
		v := r.unknown()
		if !v.Anomalous || !v.Ended.IsZero() || v.Reason.Code != ReasonNotCounted {
			t.Fatalf("an unknown minute gave %+v", v)
		}
	}
	if r.state.PeakRate != peak || !r.state.Onset.Equal(onset) {
		t.Error("unknown minutes changed the peak or the onset")
	}
	if v := r.excess(40); !v.Anomalous || v.Easing {
		t.Errorf("after the gap: %+v", v)
	}

	for seed := range uint64(20) {
		r := newRun(seed, 20)
		for range 90 {
			r.unknown()
		}
		for m := range 60 {
			if v := r.quiet(); v.Anomalous {
				t.Fatalf("seed %d: an anomaly %d minutes after a gap", seed, m)
			}
		}
	}
}

func TestOneBusyBucketDoesNotEndTheEasing(t *testing.T) {
	r := newRun(1, 2)
	for range 30 {
		r.excess(100)
	}
	for !r.last.Easing {
		r.count(0)
	}
	r.state.EndScore = easingScore + 0.1
	if v := r.count(4); !v.Easing || r.state.EndScore >= easingScore {
		t.Errorf("one bucket ended the easing, or did not lower the end score: %v nats", r.state.EndScore)
	}
}

// TestASmallPartEndsWithTheWhole has a cell with a report in 40 minutes, which
// alone would take hours to show that it is back.
func TestASmallPartEndsWithTheWhole(t *testing.T) {
	minutesToEnd := func(wholeEnds bool, after float64) int {
		r := newRun(4, 0.125)
		for range 90 {
			r.excess(1)
		}
		if !r.last.Anomalous {
			t.Fatal("eight times the usual for an hour and a half made no anomaly")
		}
		for m := range 600 {
			if m == 20 && wholeEnds {
				r.state.EndWhole()
			}
			if v := r.excess(after); !v.Ended.IsZero() {
				return m
			}
		}
		return 600
	}
	alone, part, ongoing := minutesToEnd(false, 0), minutesToEnd(true, 0), minutesToEnd(true, 6)
	if alone < 60 {
		t.Errorf("alone it ended after %d minutes; want at least 60, or this test shows nothing", alone)
	}
	if part > 30 {
		t.Errorf("with the whole it ended after %d minutes, want within 10 of the whole, which ended after 20", part)
	}
	if ongoing < 600 {
		t.Errorf("a part that goes on was ended with the whole after %d minutes", ongoing)
	}
}

// TestAWholeThatBeginsAgainKeepsItsParts has a part that was still up when the whole
// had ended, and pauses when the whole is up again.
func TestAWholeThatBeginsAgainKeepsItsParts(t *testing.T) {
	r := newRun(4, 0.125)
	for range 90 {
		r.excess(1)
	}
	r.state.EndWhole()
	r.state.BeginWhole()
	for m := range 20 {
		if v := r.count(0); !v.Ended.IsZero() {
			t.Fatalf("the part ended in a pause of %d minutes", m+1)
		}
	}
}
