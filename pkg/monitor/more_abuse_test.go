package monitor_test

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/monitor"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// TestBurstsOfOneHolderFattenNoTail lets one holder burst now and then for four weeks,
// and then for some hours as the monitor runs, so that high counts seem usual.
func TestBurstsOfOneHolderFattenNoTail(t *testing.T) {
	skipSlow(t)
	people := mixes["a small country with two carriers"]
	alone := medianDelay(t, people, 20)
	for _, size := range []int{60, 400, 20_000} { // reports of a burst, in an hour of 60
		f := &field{fixture: newFixture(t), key: report.DayKey{1}, usual: people}
		rng := rand.New(rand.NewPCG(uint64(size), 1))
		var rollups []window.Rollup
		for hour := range 28 * 24 {
			if rng.IntN(12) != 0 {
				continue
			}
			const ordinary = 60
			rollups = append(rollups, window.Rollup{Service: "whatsapp", Kind: report.Problem, Start: morning.Add(-time.Duration(28*24-hour) * time.Hour), Width: time.Hour,
				Cell: window.Cell{Country: "IN", Symptom: "messaging"}, N: int64(ordinary + size),
				Aside: int64(float64(size) - window.Allowed([]float64{float64(size)}, ordinary)[0])})
		}
		if err := f.archive.SaveRollups(t.Context(), rollups, nil); err != nil {
			t.Fatal(err)
		}
		f.restart()
		for range 4 {
			f.press(50*time.Minute, nil, 0)
			f.press(10*time.Minute, within("2a00:1000::/32"), float64(size)/10)
		}
		if n := len(f.incidents()); n > 0 {
			t.Errorf("bursts of %d made %d incidents, want none", size, n)
		}
		f.press(30*time.Minute, nil, 0)
		got := f.declaredAfter(people, 20)
		t.Logf("after bursts of %d: declared after %s, alone after %s", size, got, alone)
		if got > alone+2*time.Minute {
			t.Errorf("after bursts of %d: declared after %s, want at most two minutes more than %s", size, got, alone)
		}
	}
}

// noise returns what counts n reports of each kind from senders at a tick.
func (f *field) noise(n int, from senders, kinds ...report.Kind) func(now time.Time) {
	return func(now time.Time) {
		var all []report.Report
		for range n {
			for _, kind := range kinds {
				r := f.reportFrom(now.Add(-time.Millisecond), from)
				r.Kind, r.Symptom = kind, ""
				all = append(all, r)
			}
		}
		f.store.Count(context.Background(), all)
	}
}

// TestRecoveriesAndVisitsOfOneHolderDecideNothing sends thousands of them: alone,
// before an outage, and while it lasts.
func TestRecoveriesAndVisitsOfOneHolderDecideNothing(t *testing.T) {
	skipSlow(t)
	people, holder := mixes["a small country with two carriers"], within("2a00:1000::/32")
	alone := medianDelay(t, people, 20)
	f := newField(t, people)
	both := f.noise(200, holder, report.Recovery, report.Visit) // 1,200 of each a minute
	f.press(2*time.Hour, nil, 0, both)
	for _, in := range f.incidents() {
		t.Errorf("visits and recoveries made the incident %s, suspected at %s", in.ID, in.Suspected.Format(time.TimeOnly))
	}
	begun := f.now
	f.press(30*time.Minute, people, 20, both)
	all := f.incidents()
	if len(all) != 1 || all[0].Declared.IsZero() {
		t.Fatalf("incidents: %+v, want one outage", all)
	}
	got := all[0].Declared.Sub(begun)
	t.Logf("amid recoveries and visits: declared after %s, alone after %s", got, alone)
	if got > alone+2*time.Minute {
		t.Errorf("declared after %s, want at most two minutes more than %s", got, alone)
	}
	if all[0].State != incident.Confirmed {
		t.Errorf("after half an hour the outage is %s, want it to go on", all[0].State)
	}
}

// TestAFakeOutageHidesNoRealOne makes one service look down while another one of its
// category fails: from one holder, and from 64 networks of six.
func TestAFakeOutageHidesNoRealOne(t *testing.T) {
	skipSlow(t)
	six := mix(map[string]float64{"34.100.0.0/21": 1, "35.101.0.0/21": 1, "52.102.0.0/21": 1, "54.103.0.0/21": 1, "13.104.0.0/21": 1, "20.105.0.0/21": 1})
	alone := fakeBeside(t, nil, 0, 0)
	for name, from := range map[string]senders{"one holder": within("2a00:1000::/32"), "64 networks of six holders": six} {
		for _, perMinute := range []int{30, 300, 3000} {
			for _, lead := range []time.Duration{0, 3 * time.Minute, 20 * time.Minute} {
				got := fakeBeside(t, from, perMinute, lead)
				t.Logf("%d a minute from %s, %s before: declared after %s, alone after %s", perMinute, name, lead, got, alone)
				if got > alone+2*time.Minute {
					t.Errorf("%d a minute from %s, %s before: declared after %s, want at most two minutes more than %s", perMinute, name, lead, got, alone)
				}
			}
		}
	}
}

// fakeBeside returns after what time a real outage of Verizon is declared while
// somebody presses for AT&T since a time before.
func fakeBeside(t *testing.T, from senders, perMinute int, lead time.Duration) time.Duration {
	t.Helper()
	f := &field{fixture: newCarriers(t), key: report.DayKey{1}}
	people := mixes["a large country"]
	var begun time.Time
	due, ordinary := 0.0, 0.0
	start := f.now.Add(time.Hour)
	for end := start.Add(2 * time.Hour); f.now.Before(end); {
		f.now = f.now.Add(monitor.Interval)
		at := f.now.Add(-time.Millisecond)
		var all []report.Report
		add := func(service string, from senders, n int) {
			for range n {
				addr := from(f.rng)
				all = append(all, report.Report{ID: uuid.New(), Service: service, Symptom: "calls", Country: "US", Minute: window.Start(at), Received: at,
					Network: f.key.Network(service, addr), Reporter: f.key.Reporter(service, addr, uuid.NewString())})
			}
		}
		for ordinary += 0.5 * monitor.Interval.Minutes(); ordinary >= 1; ordinary-- {
			add("att", people, 1)
			add("t-mobile-us", people, 1)
			add("verizon", people, 1)
		}
		if from != nil && f.now.After(start) {
			add("att", from, perMinute/6)
		}
		if f.now.After(start.Add(lead)) {
			if begun.IsZero() {
				begun = f.now.Add(-monitor.Interval)
			}
			for due += 20 * monitor.Interval.Minutes(); due >= 1; due-- {
				add("verizon", people, 1)
			}
		}
		f.store.Count(context.Background(), all)
		if err := f.monitor.Tick(context.Background(), f.now); err != nil {
			t.Fatal(err)
		}
		for _, in := range f.incidents() {
			if in.Service == "verizon" && !in.Declared.IsZero() {
				return in.Declared.Sub(begun)
			}
		}
	}
	return 2 * time.Hour
}

// TestWhatIsSetAsideIsPublishedForAWhile lets one holder press for ten minutes.
func TestWhatIsSetAsideIsPublishedForAWhile(t *testing.T) {
	f := newField(t, nil)
	if live := f.monitor.Live("whatsapp"); live.Aside != 0 {
		t.Errorf("in quiet times %d reports are set aside, want none", live.Aside)
	}
	f.press(10*time.Minute, within("2a00:1000::/32"), 60)
	if live := f.monitor.Live("whatsapp"); live.Aside < 400 {
		t.Errorf("%d of 600 reports of one holder are set aside, want most", live.Aside)
	}
	f.press(30*time.Minute, nil, 0)
	if live := f.monitor.Live("whatsapp"); live.Aside > 0 {
		t.Errorf("half an hour later %d reports are set aside, want none", live.Aside)
	}
}

// TestABurstOfOneHolderIsNotUsualForANewService has 60 people report a new service
// within two minutes, and one holder 700 times. A tenth of that rate is the people's.
func TestABurstOfOneHolderIsNotUsualForANewService(t *testing.T) {
	f := newField(t, nil)
	f.baselines.Minutes = f.counts
	var last time.Time
	f.press(8*time.Minute, nil, 0, func(now time.Time) {
		if last.IsZero() {
			last = now.Add(2 * time.Minute)
		}
		if now.After(last) {
			return
		}
		var all []report.Report
		for i := range 58 {
			r := f.reportFrom(now.Add(time.Second), map[bool]senders{true: nil, false: within("45.77.0.0/16")}[i < 5])
			r.Service = "signal"
			all = append(all, r)
		}
		f.store.Count(context.Background(), all)
	})
	b, err := f.baselines.Of(t.Context(), "signal", window.Cell{}, f.now)
	if err != nil {
		t.Fatal(err)
	}
	if expected := b.Expected(f.now, f.now.Add(15*time.Minute)); expected < 30 || expected > 900 {
		t.Errorf("in 15 minutes %.0f reports are usual, want what people sent at most: 900", expected)
	}
}
