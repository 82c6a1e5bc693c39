package detect

import (
	"math"
	"testing"
	"time"
)

// TestOneNetworkIsNeverAnOutage lets one network send as much as it likes, at
// once or over an hour, to services of every size.
func TestOneNetworkIsNeverAnOutage(t *testing.T) {
	if testing.Short() {
		t.Skip("this test takes many seconds")
	}
	for _, per5 := range []float64{0.02, 0.2, 2, 20, 200, 1000} {
		for _, loud := range []int{20, 1000, 100000} {
			for _, minutes := range []int{1, 10, 60} {
				for seed := range uint64(3) {
					r := newRun(seed, per5)
					for m := range 100 {
						var v Verdict
						if m < minutes {
							v = r.loud(loud / minutes)
						} else {
							v = r.quiet()
						}
						if v.Level == Outage {
							t.Fatalf("%v per 5 minutes, %d reports of one network in %d minutes: outage with %d networks, largest %v", per5, loud, minutes, v.Networks, v.Largest)
						}
					}
				}
			}
		}
	}
}

func TestAnOutageBehindALoudNetworkIsFound(t *testing.T) {
	r := newRun(1, 2)
	for range 15 {
		r.loud(100)
	}
	if r.last.Level == Outage {
		t.Fatal("one network made an outage")
	}
	begun := r.at
	for m := range 15 {
		n := r.poisson(20)
		v := r.step(Bucket{Start: r.at, N: n + 100, Known: true}, r.sourcesFrom(r.at, n, 100))
		if v.Level == Outage {
			t.Logf("declared after %d minutes, onset off by %v", m+1, v.Onset.Sub(begun))
			return
		}
	}
	t.Errorf("no outage after 15 minutes: %+v", r.last)
}

func TestTheReasonNamesWhatTheNextLevelLacks(t *testing.T) {
	baseline := Learn(flat(28*24, 0.1), end, nil)
	judge := func(baseline *Baseline, n float64, src Sources) (v Verdict) {
		var s State
		for m := range 3 { // as many buckets as must agree
			x := Bucket{Start: end.Add(time.Duration(m) * time.Minute), N: math.Ceil(n / 3), Known: true}
			s, v = Step(Defaults(), s, baseline, x, src)
		}
		return v
	}
	for _, c := range []struct {
		name     string
		baseline *Baseline
		n        float64
		src      Sources
		level    Level
		code     ReasonCode
		lacks    int
		share    float64
	}{
		{"nothing unusual", baseline, 1, Sources{SourceCounts: SourceCounts{1, 1, 1, 1}}, OK, ReasonUsual, 0, 0},
		{"two networks", baseline, 100, Sources{SourceCounts: SourceCounts{2, 100, 13, 0.5}}, OK, ReasonFewSources, 1, 0},
		{"three networks", baseline, 100, Sources{SourceCounts: SourceCounts{3, 100, 18, 0.34}}, Warning, ReasonFewSources, 7, 0},
		{"nine networks", baseline, 30, Sources{SourceCounts: SourceCounts{9, 30, 24, 0.12}}, Warning, ReasonFewSources, 1, 0},
		{"one of them holds half", baseline, 60, Sources{SourceCounts: SourceCounts{20, 60, 30, 0.5}}, Warning, ReasonOneSource, 0, 0.4},
		{"many networks", baseline, 60, Sources{SourceCounts: SourceCounts{50, 60, 55, 0.05}}, Outage, ReasonUnusual, 0, 0},
		{"nothing known yet", Learn(nil, end, nil), 60, Sources{SourceCounts: SourceCounts{50, 60, 55, 0.05}}, Warning, ReasonNoHistory, 0, 0},
	} {
		v := judge(c.baseline, c.n, c.src)
		if v.Level != c.level || v.Reason.Code != c.code || v.Reason.Networks != c.lacks || v.Reason.Share != c.share {
			t.Errorf("%s: %v, %+v, score %v, networks %d, largest %v", c.name, v.Level, v.Reason, v.Score, v.Networks, v.Largest)
		}
		if v.Anomalous != (v.Reason.Below > 0) {
			t.Errorf("%s: anomalous %v, ends below %v", c.name, v.Anomalous, v.Reason.Below)
		}
	}
}

func TestAColdCellNeedsVeryManyNetworks(t *testing.T) {
	parent := Learn(flat(28*24, 1), end, nil)
	x := Bucket{Start: end, N: 60, Known: true}
	some, many := Sources{SourceCounts: SourceCounts{20, 60, 55, 0.05}}, Sources{SourceCounts: SourceCounts{50, 60, 55, 0.05}}
	if _, v := Step(Defaults(), State{}, Learn(nil, end, parent), x, some); v.Level != Outage {
		t.Errorf("with a parent: %v, %+v", v.Level, v.Reason)
	}
	for _, b := range []*Baseline{Learn(nil, end, nil), Learn(nil, end, Learn(nil, end, nil)), Learn(flat(1, 1), end, nil)} {
		if _, v := Step(Defaults(), State{}, b, x, some); v.Level != OK || v.Reason.Code != ReasonNoHistory {
			t.Errorf("from some networks: %v, %+v", v.Level, v.Reason)
		}
		s, v := Step(Defaults(), State{}, b, x, many)
		if v.Level != Warning || v.Reason.Code != ReasonNoHistory {
			t.Errorf("from many networks: %v, %+v", v.Level, v.Reason)
		}
		for m := range 15 {
			x := Bucket{Start: end.Add(time.Duration(m+1) * time.Minute), N: 60, Known: true}
			s, v = Step(Defaults(), s, b, x, many)
		}
		if v.Level != Outage {
			t.Errorf("from many networks for a quarter of an hour: %v, %+v", v.Level, v.Reason)
		}
	}
}

func TestConfidenceGrowsWithScoreAndFallsWithConcentration(t *testing.T) {
	cfg := Defaults()
	last := 0.0
	for s := 0.0; s < 100; s += 0.5 {
		c := confidence(cfg, s, 0)
		if c < last || c >= 1 {
			t.Fatalf("confidence at %v nats is %v after %v", s, c, last)
		}
		last = c
	}
	if c := confidence(cfg, 12.5, 0); c < 0.86 || c > 0.9 {
		t.Errorf("confidence at 12.5 nats is %v", c)
	}
	last = 1
	for l := 0.0; l <= 1; l += 0.1 {
		if c := confidence(cfg, 20, l); c > last {
			t.Errorf("confidence rose to %v at share %v", c, l)
		} else {
			last = c
		}
	}
	if last > 0.2 {
		t.Errorf("one network alone gives confidence %v", last)
	}
}

func TestASmallOutageGathersItsNetworksInAnHour(t *testing.T) {
	baseline := Learn(flat(28*24, 0.1), end, nil)
	var s State
	var recent, both Verdict
	for m := range 4 {
		x := Bucket{Start: end.Add(time.Duration(m) * time.Minute), N: 4, Known: true}
		last20 := SourceCounts{Networks: 8, Reports: int64(4 * (m + 1)), Discounted: 8, Largest: 0.2}
		hour := SourceCounts{Networks: 16, Reports: 16, Discounted: 16, Largest: 0.1}
		_, recent = Step(Defaults(), s, baseline, x, Sources{SourceCounts: last20})
		s, both = Step(Defaults(), s, baseline, x, Sources{SourceCounts: last20, Longer: &hour})
	}
	if recent.Level != Warning || recent.Reason.Code != ReasonFewSources {
		t.Errorf("by the last minutes alone: %v, %+v, networks %d; want a warning that lacks networks", recent.Level, recent.Reason, recent.Networks)
	}
	if both.Level != Outage {
		t.Errorf("with the networks of an hour: %v, %+v, networks %d; want an outage", both.Level, both.Reason, both.Networks)
	}
}
