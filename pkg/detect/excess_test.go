package detect

import (
	"testing"
	"time"
)

// brigade steps over a normal minute with n further reports from each of a number
// of networks.
func (r *run) brigade(networks, n int) Verdict {
	x := r.minute(r.at)
	r.sources(r.at, x)
	by := r.blocks[len(r.blocks)-1].by
	for i := range networks {
		by[-1-i] += n
	}
	return r.step(Bucket{Start: r.at, N: x + float64(networks*n), Known: true}, r.sources(r.at, 0))
}

func TestABusyServiceLendsNoNetworksToABrigade(t *testing.T) {
	for _, per5 := range []float64{5, 20, 200} {
		for seed := range uint64(5) {
			r := newRun(seed, per5)
			for range 20 {
				if v := r.brigade(5, 50); v.Level == Outage {
					t.Fatalf("%v per 5 minutes: five networks are an outage: %+v", per5, v)
				}
			}
			if !r.last.Anomalous && per5 < 10 {
				t.Errorf("%v per 5 minutes: 250 reports a minute are not even an anomaly", per5)
			}
		}
	}
}

func TestOneNetworkOnABusyDayIsNoOutage(t *testing.T) {
	for seed := range uint64(5) {
		r := newRun(seed, 1000)
		for range 70 {
			r.trouble(1.4)
		}
		n := r.poisson(r.rate(r.at) * 1.4)
		v := r.step(Bucket{Start: r.at, N: n + 5000, Known: true}, r.sourcesFrom(r.at, n, 5000))
		if v.Level == Outage || v.Anomalous && v.Largest < 0.4 {
			t.Errorf("seed %d: one network is %v with %d networks, largest %v", seed, v.Level, v.Networks, v.Largest)
		}
	}
}

func TestTheLargestShareIsAShareOfTheExcess(t *testing.T) {
	r := newRun(1, 5)
	x := r.minute(r.at)
	src := r.sourcesFrom(r.at, x, 500)
	r.step(Bucket{Start: r.at, N: x + 500, Known: true}, src)
	if e := r.state.assessExcess(r.settings, r.baseline, src, 1); src.Largest > 0.5 || e.largestShare < 0.9 {
		t.Errorf("the loud network holds %v of all reports and %v of the excess, want at most 0.5 and at least 0.9", src.Largest, e.largestShare)
	}
}

func TestAWarningOutlivesItsQuorum(t *testing.T) {
	r := newRun(1, 2)
	for range 10 {
		r.excess(40)
	}
	x := Bucket{Start: r.at, N: 8, Known: true}
	if v := r.step(x, Sources{SourceCounts: SourceCounts{Networks: 1, Reports: 8, Discounted: 4, Largest: 1}}); v.Level != Warning {
		t.Errorf("level is %v when the networks are gone", v.Level)
	}
}

func TestALoudNetworkLeavesLittleEvidence(t *testing.T) {
	r := newRun(1, 20)
	expected := r.rate(r.at)
	r.loud(1000)
	if w := float64(r.state.Discounted[0]); w > 10*expected {
		t.Errorf("1000 reports of one network count as %v where %v are expected", w, expected)
	}
	if r.state.Reports[0] < 1000 {
		t.Errorf("of 1000 reports %v are in the state", r.state.Reports[0])
	}
}

func TestAnOutageWithoutNewNetworksIsFound(t *testing.T) {
	// A small country: everybody is in one of 40 networks, always.
	for seed := range uint64(5) {
		r := newRun(seed, 20)
		r.networks = 40
		for range 60 {
			r.quiet()
		}
		for range 20 {
			r.trouble(20)
		}
		if r.last.Level != Outage {
			t.Errorf("seed %d: %v, %d networks, largest %v", seed, r.last.Level, r.last.Networks, r.last.Largest)
		}
	}
}

func TestOnsetOnABusyDayIsNotDatedBack(t *testing.T) {
	for seed := range uint64(5) {
		r := newRun(seed, 200)
		for range 60 {
			r.trouble(1.3)
		}
		begun := r.at
		for range 10 {
			r.trouble(4)
		}
		if off := r.last.Onset.Sub(begun); !r.last.Anomalous || off.Abs() > 5*time.Minute {
			t.Errorf("seed %d: onset off by %v", seed, off)
		}
	}
}

func TestTheOnsetIsNotTheBeginningOfCounting(t *testing.T) {
	for seed := range uint64(5) {
		r := newRun(seed, 2000)
		r.state = State{}
		for range 8 {
			r.trouble(1)
		}
		begun := r.at
		for range 6 {
			r.trouble(3)
		}
		if off := r.last.Onset.Sub(begun); !r.last.Anomalous || off.Abs() > 3*time.Minute {
			t.Errorf("seed %d: onset off by %v, eight minutes after counting began", seed, off)
		}
	}
}

func TestTheOnsetIsFinalOnceThereIsAQuorum(t *testing.T) {
	r := newRun(1, 2)
	var onset time.Time
	for range 180 {
		v := r.excess(60)
		if v.Level < Warning {
			continue
		}
		if onset.IsZero() {
			onset = v.Onset
		}
		if !v.Onset.Equal(onset) {
			t.Fatalf("onset moved from %v to %v", onset, v.Onset)
		}
	}
	if onset.IsZero() {
		t.Error("no outage")
	}
}

// TestScoresAreProbabilities counts how often scores are exceeded when nothing
// is wrong and the baseline is right. The bound is meant for small probabilities;
// large ones may come out up to a third too small.
func TestScoresAreProbabilities(t *testing.T) {
	s := newSim(1, 100)
	s.rateSD = 0
	baseline := Learn(flat(28*24, 1200), end, nil)
	baseline.Dispersion, baseline.RateVariance, baseline.Uncertainty = 1.0001, 0, 0
	cfg := Defaults()
	const ticks = 100000
	var over [7]int
	var st State
	for m := range ticks {
		var v Verdict
		st, v = Step(cfg, st, baseline, Bucket{Start: end.Add(time.Duration(m) * time.Minute), N: s.poisson(20), Known: true}, Sources{})
		for k := range over {
			if v.Score >= float64(k+1) {
				over[k]++
			}
		}
	}
	p := 1.0
	for k, n := range over {
		p /= 2.718281828
		if share := float64(n) / ticks; share > 1.35*p+0.0002 {
			t.Errorf("a score of %d is exceeded in %.4f of ticks, want at most %.4f", k+1, share, p)
		}
	}
}
