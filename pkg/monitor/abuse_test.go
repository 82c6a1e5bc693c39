package monitor_test

import (
	"context"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/monitor"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// field is a fixture whose reports come from addresses, as an ingester would count
// them.
type field struct {
	*fixture
	key   report.DayKey
	usual senders
}

// newField returns a field in which people of the usual addresses report twice a
// minute, as in the history. Without addresses each report has a holder of its own.
func newField(t *testing.T, usual senders, seed ...uint64) *field {
	f := &field{fixture: newFixture(t), key: report.DayKey{1}, usual: usual}
	if len(seed) > 0 {
		f.rng = rand.New(rand.NewPCG(seed[0], 3))
	}
	f.press(time.Hour, nil, 0)
	return f
}

// press lets perMinute further reports a minute arrive from senders, for a time. It
// calls after at each tick, if it is given.
func (f *field) press(d time.Duration, from senders, perMinute float64, after ...func(now time.Time)) {
	f.t.Helper()
	due, ordinary := 0.0, 0.0
	for end := f.now.Add(d); f.now.Before(end); {
		f.now = f.now.Add(monitor.Interval)
		at := f.now.Add(-time.Millisecond)
		var reports []report.Report
		for due += perMinute * monitor.Interval.Minutes(); due >= 1; due-- {
			reports = append(reports, f.reportFrom(at, from))
		}
		for ordinary += 2 * monitor.Interval.Minutes() * f.rng.Float64() * 2; ordinary >= 1; ordinary-- {
			r := f.reportFrom(at, f.usual)
			if f.rng.IntN(2) == 0 {
				r.Country = "GB"
			}
			reports = append(reports, r)
		}
		f.store.Count(context.Background(), reports) // repeats and too many devices are part of an attack
		if err := f.monitor.Tick(context.Background(), f.now); err != nil {
			f.t.Fatal(err)
		}
		for _, call := range after {
			call(f.now)
		}
	}
}

// reportFrom returns a report of a sender with a device of its own.
func (f *field) reportFrom(at time.Time, from senders) report.Report {
	r := report.Report{ID: uuid.New(), Service: "whatsapp", Symptom: "messaging", Country: "IN", Minute: window.Start(at), Received: at}
	if from == nil {
		r.Network = report.Network(f.rng.Uint64())
		r.Reporter = report.Reporter{Address: f.rng.Uint64(), Device: f.rng.Uint64()}
		return r
	}
	addr := from(f.rng)
	r.Network = f.key.Network(r.Service, addr)
	r.Reporter = f.key.Reporter(r.Service, addr, uuid.NewString())
	return r
}

// declaredAfter returns how long an outage of perMinute reports takes to be
// declared, at most an hour.
func (f *field) declaredAfter(from senders, perMinute float64) time.Duration {
	f.t.Helper()
	begun := f.now
	for f.now.Sub(begun) < time.Hour {
		f.press(monitor.Interval, from, perMinute)
		for _, inc := range f.incidents() {
			if !inc.Declared.IsZero() {
				return inc.Declared.Sub(begun)
			}
		}
	}
	return time.Hour
}

// TestARealCrowdIsDeclaredThroughAnyMixOfNetworks compares realistic addresses with
// reports that have a holder each: they cost a minute at most, and two ticks.
func TestARealCrowdIsDeclaredThroughAnyMixOfNetworks(t *testing.T) {
	skipSlow(t)
	for _, perMinute := range []float64{8, 20, 200} {
		alone := medianDelay(t, nil, perMinute)
		for name, people := range mixes {
			got := medianDelay(t, people, perMinute)
			t.Logf("%v a minute more, %s: declared after %s, with a holder for each report after %s", perMinute, name, got, alone)
			if got > alone+time.Minute+2*monitor.Interval {
				t.Errorf("%v a minute more, %s: declared after %s, want at most 1m20s more than %s", perMinute, name, got, alone)
			}
		}
	}
}

// medianDelay returns the median over seven draws of how long an outage takes to be
// declared.
func medianDelay(t *testing.T, people senders, perMinute float64) time.Duration {
	var delays []time.Duration
	for seed := range uint64(7) {
		delays = append(delays, newField(t, people, seed).declaredAfter(people, perMinute))
	}
	slices.Sort(delays)
	return delays[len(delays)/2]
}

// attacks are senders of one holder, and what they send in a minute.
var attacks = []struct {
	name      string
	from      senders
	perMinute float64
}{
	{"one address", within("203.0.113.7/32"), 7000},
	{"one address slowly", within("203.0.113.7/32"), 3},
	{"a /24", within("203.0.113.0/24"), 3000},
	{"a /24 slowly", within("203.0.113.0/24"), 10},
	{"a /16", within("203.0.0.0/16"), 3000},
	{"a /16 slowly", within("203.0.0.0/16"), 10},
	{"a /48", within("2a00:1000:1::/48"), 3000},
	{"a /44", within("2a00:1000:10::/44"), 3000},
	{"a /44 slowly", within("2a00:1000:10::/44"), 4},
	{"a /32", within("2a00:1000::/32"), 3000},
	{"a /32 slowly", within("2a00:1000::/32"), 8},
	{"a /29", within("2a00:1000::/29"), 3000},
	{"a /29 slowly", within("2a00:1000::/29"), 20},
}

// TestOneHolderMakesNoTrouble lets one holder of addresses send what it likes, at
// once or over time, beside people who report as usual.
func TestOneHolderMakesNoTrouble(t *testing.T) {
	skipSlow(t)
	for _, a := range attacks {
		for name, people := range mixes {
			f := newField(t, people)
			minutes := min(100*time.Minute, time.Duration(5000/a.perMinute)*time.Minute+2*time.Minute)
			f.press(minutes, a.from, a.perMinute)
			f.press(30*time.Minute, nil, 0)
			for _, inc := range f.incidents() {
				t.Errorf("%s beside %s: %s from %s to %s, declared %s, %d networks, %d holders", a.name, name, inc.State,
					inc.Suspected.Format(time.TimeOnly), inc.Resolved.Format(time.TimeOnly), inc.Declared.Format(time.TimeOnly),
					inc.Verdict.Networks, inc.Verdict.Holders)
			}
		}
	}
}

// TestAFewCloudRangesMakeNoOutage lets networks of three holders press together.
func TestAFewCloudRangesMakeNoOutage(t *testing.T) {
	for _, networks := range []int{12, 200} {
		f := newField(t, mixes["a small country with two carriers"])
		n := 0
		cloud := func(*rand.Rand) netip.Addr {
			n++
			return netip.AddrFrom4([4]byte{34, byte(100 + n%3), byte(n % networks / 3), byte(n / networks)})
		}
		f.press(10*time.Minute, cloud, float64(2*networks)/10)
		f.press(30*time.Minute, nil, 0)
		for _, inc := range f.incidents() {
			if !inc.Declared.IsZero() {
				t.Errorf("%d networks of three holders were declared an outage at %s", networks, inc.Declared.Format(time.TimeOnly))
			}
		}
	}
}

// TestAnOutageIsDeclaredBehindAFlood begins a real outage while one holder presses,
// or after it did for a long time.
func TestAnOutageIsDeclaredBehindAFlood(t *testing.T) {
	skipSlow(t)
	people := mixes["a small country with two carriers"]
	alone := medianDelay(t, people, 20)
	for _, a := range attacks {
		f := newField(t, people)
		f.press(min(100*time.Minute, time.Duration(20_000/a.perMinute)*time.Minute), a.from, a.perMinute)
		share := 20 / (20 + a.perMinute)
		both := func(rng *rand.Rand) netip.Addr {
			if rng.Float64() < share {
				return people(rng)
			}
			return a.from(rng)
		}
		got := f.declaredAfter(both, 20+a.perMinute)
		t.Logf("behind %s: declared after %s, alone after %s", a.name, got, alone)
		if got > alone+2*time.Minute {
			t.Errorf("behind %s: declared after %s, want at most two minutes more than %s", a.name, got, alone)
		}
	}
}

// TestOneHolderProlongsNoOutage goes on pressing when people have stopped.
func TestOneHolderProlongsNoOutage(t *testing.T) {
	people := mixes["a small country with two carriers"]
	f := newField(t, people)
	f.press(30*time.Minute, people, 20)
	over := f.now
	f.press(90*time.Minute, within("2a00:1000::/32"), 20)
	for _, inc := range f.incidents() {
		if inc.Declared.IsZero() {
			continue
		}
		if inc.State != incident.Resolved || inc.Resolved.Sub(over) > 45*time.Minute {
			t.Errorf("the outage is %s, over at %s; people had stopped at %s", inc.State, inc.Resolved.Format(time.TimeOnly), over.Format(time.TimeOnly))
		}
		return
	}
	t.Error("the outage was not declared")
}

// TestARampOfOneHolderBlindsNobody lets one holder send more each day for eleven
// days before an outage.
func TestARampOfOneHolderBlindsNobody(t *testing.T) {
	people := mixes["a small country with two carriers"]
	alone := medianDelay(t, people, 20)
	for _, perDay := range []int{100, 1000, 20_000} { // more reports an hour each day
		f := &field{fixture: newFixture(t), key: report.DayKey{1}, usual: people}
		var rollups []window.Rollup
		for day := range 11 {
			for hour := range 24 {
				const ordinary = 60
				flood := perDay * (day + 1)
				at := morning.Add(time.Duration(-11*24+24*day+hour) * time.Hour)
				rollups = append(rollups, window.Rollup{Service: "whatsapp", Kind: report.Problem, Start: at, Width: time.Hour,
					Cell: window.Cell{Country: "IN", Symptom: "messaging"}, N: int64(ordinary + flood),
					Aside: int64(float64(flood) - window.Allowed([]float64{float64(flood)}, ordinary)[0])})
			}
		}
		if err := f.archive.SaveRollups(context.Background(), rollups, nil); err != nil {
			t.Fatal(err)
		}
		f.restart()
		f.press(time.Hour, nil, 0)
		got := f.declaredAfter(people, 20)
		t.Logf("after a ramp of %d an hour more each day: declared after %s, alone after %s", perDay, got, alone)
		if got > alone+2*time.Minute {
			t.Errorf("after a ramp of %d an hour more each day: declared after %s, want at most two minutes more than %s", perDay, got, alone)
		}
	}
}

// TestLateReportsLendNoNetworks sends a crowd's worth of reports that name an
// earlier minute beside the networks of three holders.
func TestLateReportsLendNoNetworks(t *testing.T) {
	f := newField(t, nil)
	three := mix(map[string]float64{"34.100.0.0/16": 1, "34.101.0.0/16": 1, "34.102.0.0/16": 1})
	late := func(now time.Time) {
		at := now.Add(-time.Millisecond)
		reports := make([]report.Report, 5)
		for i := range reports {
			reports[i] = f.reportFrom(at, mixes["a large country"])
			reports[i].Minute = window.Start(at.Add(-10 * time.Minute))
		}
		f.store.Count(context.Background(), reports)
	}
	f.press(10*time.Minute, three, 60, late)
	for _, inc := range f.incidents() {
		if !inc.Declared.IsZero() {
			t.Errorf("an outage was declared at %s by reports of earlier minutes", inc.Declared.Format(time.TimeOnly))
		}
	}
}
