package detect

import (
	"testing"
	"time"
)

// TestSingleSeries steps series without sources at every width that a backtest
// may have: one odd bucket alarms only where a bucket is long enough to be all
// the evidence there is.
func TestSingleSeries(t *testing.T) {
	for _, c := range []struct {
		width  time.Duration
		burst  bool // whether one odd bucket may alarm
		within int  // buckets until an outage is declared
	}{
		{time.Minute, false, 5},
		{5 * time.Minute, false, 3},
		{15 * time.Minute, true, 1},
		{time.Hour, true, 1},
	} {
		d := Single(c.width)
		for seed := range uint64(5) {
			s := newSim(seed, 20)
			usual := Learn(s.history(end, 28*24), end, nil)
			at := end
			var st State
			var v Verdict
			step := func(times float64) {
				mean := 0.0
				for m := range int(c.width / time.Minute) {
					mean += s.rate(at.Add(time.Duration(m)*time.Minute)) * s.wandered(at)
				}
				st, v = Step(d, st, usual, Bucket{Start: at, N: s.poisson(mean * times), Known: true}, Sources{})
				at = at.Add(c.width)
			}
			for i := range 200 {
				if step(1); v.Anomalous {
					t.Fatalf("%v: alarm in quiet bucket %d", c.width, i)
				}
			}
			if !c.burst {
				step(100)
				for i := range 60 {
					if v.Anomalous {
						t.Fatalf("%v: alarm %d buckets after one odd bucket, score %v over %v", c.width, i, v.Score, v.Window)
					}
					step(1)
				}
			}
			onset := at
			declared := 0
			for i := range 12 {
				if step(10); v.Level == Outage && declared == 0 {
					declared = i + 1
					if v.Onset.Sub(onset).Abs() > max(5*time.Minute, c.width) {
						t.Errorf("%v: onset off by %v", c.width, v.Onset.Sub(onset))
					}
				}
			}
			if declared == 0 || declared > c.within {
				t.Errorf("%v: declared after %d buckets, want %d", c.width, declared, c.within)
			}
			for i := 0; v.Ended.IsZero(); i++ {
				if step(1); i > max(3, int(25*time.Minute/c.width)) {
					t.Fatalf("%v: not over after %d buckets", c.width, i)
				}
			}
		}
	}
}
