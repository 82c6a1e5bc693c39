package detect

import "testing"

func TestSupportMakesAVerdictSoonerAndNeverAlone(t *testing.T) {
	minutes := func(support float64) int {
		r := newRun(4, 2)
		for m := range 60 {
			n := r.minute(r.at) + r.poisson(1.6)
			x := Bucket{Start: r.at, N: n, Known: true, Support: support}
			if v := r.step(x, r.sources(r.at, n)); v.Anomalous {
				return m
			}
		}
		return 60
	}
	alone, supported, more := minutes(0), minutes(MaxSupport), minutes(1000)
	if supported >= alone || alone == 60 {
		t.Errorf("an anomaly after %d minutes, with support after %d", alone, supported)
	}
	if more != supported {
		t.Errorf("support beyond the most it may be changes %d minutes to %d", supported, more)
	}
	for _, per5 := range []float64{0.02, 2, 200} {
		r := newRun(5, per5)
		for m := range 600 {
			n := r.minute(r.at)
			if v := r.step(Bucket{Start: r.at, N: n, Known: true, Support: 1000}, r.sources(r.at, n)); v.Anomalous {
				t.Fatalf("%v per 5 minutes: support alone made an anomaly after %d minutes", per5, m)
			}
		}
	}
}
