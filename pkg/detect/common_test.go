package detect

import "testing"

// common steps over a minute at a multiple of the normal rate, while others count
// factor times theirs.
func (r *run) common(times, factor float64) Verdict {
	n := r.poisson(r.rate(r.at) * times)
	return r.step(Bucket{Start: r.at, N: n, Known: true, CommonFactor: factor}, r.sources(r.at, n))
}

func TestACommonFactorIsExpected(t *testing.T) {
	for _, c := range []struct {
		times, factor float64
		level         Level
		code          ReasonCode
	}{
		{1, 1, OK, ReasonUsual},
		{3, 1, Outage, ReasonUnusual},
		{3, 3, OK, ReasonCommonRise},
		{20, 3, Outage, ReasonUnusual},
	} {
		r := newRun(1, 20)
		for range 60 {
			r.common(c.times, c.factor)
		}
		if v := r.last; v.Level != c.level || v.Reason.Code != c.code {
			t.Errorf("%g times with the factor %g is %s, %+v; want %s, %s", c.times, c.factor, v.Level, v.Reason, c.level, c.code)
		}
	}
}

func TestACommonFactorMakesNoUsualCountHigh(t *testing.T) {
	a, b := newRun(1, 20), newRun(1, 20)
	for range 60 {
		if va, vb := a.common(2, 0), b.common(2, 0.2); va != vb {
			t.Fatalf("without a factor %+v, with one under 1 %+v; want the same", va, vb)
		}
	}
}

func TestAnAnomalyEndsAtTheCommonRise(t *testing.T) {
	r := newRun(1, 20)
	for range 30 {
		r.common(20, 1)
	}
	if !r.last.Anomalous {
		t.Fatal("20 times the normal rate is no anomaly")
	}
	for range 60 {
		r.common(3, 3)
	}
	if r.last.Anomalous {
		t.Errorf("an hour at the common rise is still an anomaly: %+v", r.last)
	}
}
