package detect

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"
)

// story steps a cell through three hours with an outage in the middle.
func story(r *run) []Verdict {
	var all []Verdict
	for m := range 180 {
		if m >= 60 && m < 100 {
			all = append(all, r.excess(40))
		} else {
			all = append(all, r.quiet())
		}
	}
	return all
}

func TestTwoRunsAreEqual(t *testing.T) {
	a, b := newRun(1, 2), newRun(1, 2)
	if !reflect.DeepEqual(story(a), story(b)) || a.state != b.state {
		t.Error("the same counts gave two answers")
	}
}

func TestAVerdictDependsOnNoLaterBucket(t *testing.T) {
	a, b := newRun(1, 2), newRun(1, 2)
	for m := range 120 {
		va, vb := a.quiet(), b.quiet()
		if va != vb {
			t.Fatalf("minute %d differs before anything did", m)
		}
	}
	want := a.state
	for range 60 {
		b.excess(1000)
	}
	if a.state != want {
		t.Error("stepping another copy changed a state")
	}
}

func TestAStateSurvivesJSONInMidOutage(t *testing.T) {
	r := newRun(1, 2)
	for range 10 {
		r.excess(40)
	}
	data, err := json.Marshal(r.state)
	if err != nil {
		t.Fatal(err)
	}
	var back State
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	other := *r
	other.state = back
	x, src := Bucket{Start: r.at, N: 3, Known: true}, Sources{SourceCounts: SourceCounts{20, 30, 25, 0.1}}
	if a, b := r.step(x, src), other.step(x, src); !reflect.DeepEqual(a, b) {
		t.Errorf("restored it gives %+v, else %+v", b, a)
	}
	t.Logf("%d bytes", len(data))
}

func TestABucketIsConsumedOnce(t *testing.T) {
	r := newRun(1, 2)
	before := r.state
	s, v := Step(r.settings, r.state, r.baseline, Bucket{Start: r.at.Add(-time.Minute), N: 1000, Known: true}, Sources{SourceCounts: SourceCounts{500, 1000, 700, 0.01}})
	if s != before || v.Anomalous {
		t.Errorf("a minute was counted twice: %+v", v)
	}
}

func TestAPreviewDeclaresInTheRunningMinuteAndKeepsNothing(t *testing.T) {
	r := newRun(1, 2)
	before := r.state
	x := Bucket{Start: r.at, N: 50, Known: true, Exposure: 0.5}
	v := Preview(r.settings, r.state, r.baseline, x, Sources{SourceCounts: SourceCounts{45, 55, 50, 0.05}})
	if v.Level != Outage || !v.Onset.Equal(r.at) || !v.At.Equal(r.at.Add(30*time.Second)) {
		t.Errorf("%v since %v as of %v", v.Level, v.Onset, v.At)
	}
	if r.state != before {
		t.Error("a preview changed the state")
	}
	// The same count is less of a surprise the longer it took.
	x.N, x.Exposure = 2, 0.2
	early := Preview(r.settings, r.state, r.baseline, x, Sources{}).Score
	x.Exposure = 1
	if late := Preview(r.settings, r.state, r.baseline, x, Sources{}).Score; late >= early {
		t.Errorf("score %v after a whole minute, %v after a fifth of one", late, early)
	}
}

func TestOneReportInTheFirstInstantIsNoSurprise(t *testing.T) {
	baseline := Learn(flat(28*24, 0.5), end, nil)
	v := Preview(Defaults(), State{}, baseline, Bucket{Start: end, N: 1, Known: true, Exposure: 1e-9}, Sources{})
	if v.Score > 6 {
		t.Errorf("one report scores %v nats", v.Score)
	}
}

func TestAPreviewAtTheEndOfAMinuteEqualsTheStep(t *testing.T) {
	r := newRun(1, 2)
	for range 20 {
		n := r.minute(r.at) + r.poisson(5)
		src := r.sources(r.at, n)
		x := Bucket{Start: r.at, N: n, Known: true, Exposure: 1}
		want := Preview(r.settings, r.state, r.baseline, x, src)
		if got := r.step(x, src); got.Score != want.Score || got.Level != want.Level || got.Anomalous != want.Anomalous {
			t.Fatalf("preview gives %v %v, step %v %v", want.Level, want.Score, got.Level, got.Score)
		}
	}
	if r.last.Level != Outage {
		t.Errorf("not even an outage: %+v", r.last)
	}
}

func TestSkipIsIndependentOfSplitting(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	starts := map[string]State{"zero": {}}
	for name, minutes := range map[string]int{"quiet": 0, "outage": 12} {
		r := newRun(1, 2)
		for range minutes {
			r.excess(40)
		}
		starts[name] = r.state
	}
	r := newRun(1, 2)
	cfg, baseline := r.settings, r.baseline
	for name, s := range starts {
		for range 50 {
			n := 1 + random.IntN(200)
			known := random.IntN(2) == 0
			to := r.at.Add(time.Duration(12+n) * time.Minute)
			want := Skip(cfg, s, baseline, to, known)
			got := s
			for i := 1 + random.IntN(20); i < n; i += 1 + random.IntN(40) {
				got = Skip(cfg, got, baseline, r.at.Add(time.Duration(12+i)*time.Minute), known)
			}
			if got = Skip(cfg, got, baseline, to, known); got != want {
				t.Fatalf("%s, %d minutes, known %v: %+v, want %+v", name, n, known, got, want)
			}
			if name == "zero" || !known {
				continue
			}
			// Stepping through the silence gives the same state.
			step := s
			var ended time.Time
			for at := s.At; at.Before(to); at = at.Add(time.Minute) {
				var v Verdict
				step, v = Step(cfg, step, baseline, Bucket{Start: at, Known: true}, Sources{})
				if !v.Ended.IsZero() {
					ended = v.Ended
				}
			}
			step.Ended = ended
			if step != want {
				t.Fatalf("%s, %d minutes: stepped %+v, skipped %+v", name, n, step, want)
			}
		}
	}
}

func TestASilenceSkippedAndSteppedGiveTheSameVerdicts(t *testing.T) {
	baseline := Learn(flat(28*24, 0.5), end, nil)
	cfg := Defaults()
	var a, b State
	for m := range 300 {
		x := Bucket{Start: end.Add(time.Duration(m) * time.Minute), Known: true}
		if m%37 == 0 || m > 250 && m%2 == 0 {
			x.N = 2
		}
		src := Sources{SourceCounts: SourceCounts{Networks: 5, Reports: 6, Discounted: 6, Largest: 0.2}}
		var va, vb Verdict
		a, va = Step(cfg, a, baseline, x, src)
		if x.N == 0 {
			continue // b skips it: Step takes a gap for silence
		}
		if b, vb = Step(cfg, b, baseline, x, src); math.Abs(va.Score-vb.Score) > 1e-9 || va.Level != vb.Level {
			t.Fatalf("minute %d: %v %v stepped, %v %v skipped", m, va.Level, va.Score, vb.Level, vb.Score)
		}
	}
	if !a.Anomalous {
		t.Error("a report a minute was no anomaly")
	}
}

func TestASilentCellIsNotActive(t *testing.T) {
	if new(State).Active() {
		t.Error("the zero state is active")
	}
	s, _ := Step(Defaults(), State{}, Learn(flat(28*24, 0.5), end, nil), Bucket{Start: end, N: 1, Known: true}, Sources{})
	baseline := Learn(flat(28*24, 0.5), end, nil)
	if s = Skip(Defaults(), s, baseline, end.Add(time.Hour), true); !s.Active() {
		t.Error("a report less than an hour ago is forgotten")
	}
	if s = Skip(Defaults(), s, baseline, end.Add(time.Hour+time.Minute), true); s.Active() {
		t.Error("a cell is active after an hour of silence")
	}
}
