package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// cellCount is n reports of a cell.
func cellCount(country, symptom string, n int64) window.Count {
	return window.Count{Cell: window.Cell{Country: country, Symptom: symptom}, N: n}
}

func testBuckets(t *testing.T, open func(*testing.T) window.Store) {
	minute := func(n int) time.Time { return noon.Add(time.Duration(n) * time.Minute) }
	t.Run("half-open", func(t *testing.T) {
		s := open(t)
		count(t, s, repeated(counted, 3),
			problem(1, noon.Add(-time.Nanosecond)), problem(2, noon), problem(3, noon.Add(time.Minute-time.Nanosecond)))
		one, two := []window.Count{cellCount("IN", "login", 1)}, []window.Count{cellCount("IN", "login", 2)}
		wantBuckets(t, s, "acme", minute(-1), minute(1), []window.Bucket{
			{Start: minute(-1), Known: true, Problems: one}, {Start: noon, Known: true, Problems: two},
		})
		wantBuckets(t, s, "acme", minute(-1), noon, []window.Bucket{{Start: minute(-1), Known: true, Problems: one}})
		wantBuckets(t, s, "acme", noon.Add(59*time.Second), minute(1).Add(59*time.Second),
			[]window.Bucket{{Start: noon, Known: true, Problems: two}})
		wantBuckets(t, s, "acme", noon, noon, nil)
		wantBuckets(t, s, "acme", minute(1), noon, nil)
	})
	t.Run("without gaps, known or not", func(t *testing.T) {
		s := open(t)
		beat(t, s, minute(1).Add(30*time.Second))
		countOne(t, s, counted, problem(1, minute(3)))
		beat(t, s, minute(3))
		beat(t, s, minute(3))
		want := []window.Bucket{
			{Start: noon}, {Start: minute(1), Known: true}, {Start: minute(2)},
			{Start: minute(3), Known: true, Problems: []window.Count{cellCount("IN", "login", 1)}}, {Start: minute(4)},
		}
		wantBuckets(t, s, "acme", noon, minute(5), want)
		want[3].Problems = nil
		wantBuckets(t, s, "never heard of", noon, minute(5), want)
	})
	t.Run("a minute that somebody tells of later was not counted in", func(t *testing.T) {
		s := open(t)
		countOne(t, s, counted, names(1, minute(10), 10*time.Minute))
		b := buckets(t, s, "acme", noon, minute(11))
		if b[0].Known || len(b[0].Problems) != 1 || !b[10].Known {
			t.Errorf("first and last bucket = %+v, %+v; want a problem in an unknown minute, and a known minute", b[0], b[10])
		}
	})
	t.Run("by kind, country and symptom", func(t *testing.T) {
		s := open(t)
		kind := func(n int, k report.Kind, country, symptom string) report.Report {
			return with(problem(n, noon), func(r *report.Report) { r.Kind, r.Country, r.Symptom = k, country, symptom })
		}
		count(t, s, repeated(counted, 8),
			kind(1, report.Problem, "IN", "login"), kind(2, report.Problem, "IN", "messaging"), kind(3, report.Problem, "BD", "login"),
			kind(4, report.Recovery, "IN", ""), kind(5, report.Recovery, "IN", "login"),
			kind(6, report.Visit, "IN", ""), kind(7, report.Visit, "IN", ""), kind(8, report.Visit, "ZZ", ""))
		countOne(t, s, counted, kind(9, report.Problem, "IN", "login"))
		countOne(t, s, counted, kind(10, report.Visit, "ZZ", ""))
		wantBuckets(t, s, "acme", noon, minute(1), []window.Bucket{{
			Start: noon, Known: true,
			Problems:   []window.Count{cellCount("IN", "login", 2), cellCount("IN", "messaging", 1), cellCount("BD", "login", 1)},
			Recoveries: []window.Count{cellCount("IN", "", 1), cellCount("IN", "login", 1)},
			Visits:     []window.Count{cellCount("IN", "", 2), cellCount("ZZ", "", 2)},
		}})
	})
	t.Run("what was returned does not change", func(t *testing.T) {
		s := open(t)
		countOne(t, s, counted, problem(1, noon))
		first := buckets(t, s, "acme", noon, minute(1))
		count(t, s, repeated(counted, 2), problem(2, noon), with(problem(3, noon), func(r *report.Report) { r.Symptom = "other" }))
		want := []window.Bucket{{Start: noon, Known: true, Problems: []window.Count{cellCount("IN", "login", 1)}}}
		if diff := cmp.Diff(want, first); diff != "" {
			t.Errorf("buckets read before another Count (-want +got):\n%s", diff)
		}
		wantProblems(t, s, "acme", noon, minute(1), 3)
	})
}

func testActive(t *testing.T, open func(*testing.T) window.Store) {
	s := open(t)
	wantActive(t, s, time.Time{})
	at := func(n int, service string, minutes int, k report.Kind) report.Report {
		return with(problem(n, noon.Add(time.Duration(minutes)*time.Minute)), func(r *report.Report) { r.Service, r.Kind = service, k })
	}
	count(t, s, repeated(counted, 6),
		at(1, "umbrella", 0, report.Problem), at(2, "acme", 0, report.Problem), at(3, "initech", 1, report.Problem), at(4, "acme", 5, report.Problem),
		at(5, "globex", 0, report.Visit), at(6, "hooli", 0, report.Recovery))
	wantActive(t, s, noon, "acme", "initech", "umbrella")
	wantActive(t, s, noon.Add(time.Second), "acme", "initech")
	wantActive(t, s, noon.Add(5*time.Minute), "acme")
	wantActive(t, s, noon.Add(6*time.Minute))
}

func testForget(t *testing.T, open func(*testing.T) window.Store) {
	t.Run("not what is still needed", func(t *testing.T) {
		s := open(t)
		r := names(1, noon.Add(29*time.Minute), 0)
		countOne(t, s, counted, r)
		forget(t, s, noon.Add(73*time.Minute))
		countOne(t, s, repeat, with(names(2, noon.Add(73*time.Minute), 15*time.Minute), func(r *report.Report) { r.Reporter = who(1) }))
		forget(t, s, noon.Add(2*time.Hour+29*time.Minute-time.Second))
		countOne(t, s, knownCounted, with(r, func(r *report.Report) {
			r.Received = noon.Add(2*time.Hour + 29*time.Minute - time.Second)
			r.Minute = window.Start(r.Received)
		}))
		forget(t, s, noon.Add(29*time.Minute+window.Retention))
		wantProblems(t, s, "acme", noon, noon.Add(time.Hour), 1)
	})
	t.Run("networks of the last slices stay", func(t *testing.T) {
		s := open(t)
		countOne(t, s, counted, problem(1, noon))
		forget(t, s, noon.Add(window.SliceRetention-time.Second))
		if got := networks(t, s, "acme", noon.Add(window.SliceRetention-time.Second)).World.Networks; got != 1 {
			t.Errorf("networks = %d, want 1", got)
		}
	})
	t.Run("old buckets go", func(t *testing.T) {
		s := open(t)
		later := noon.Add(window.Retention + 2*time.Hour)
		countOne(t, s, counted, problem(1, noon))
		countOne(t, s, counted, problem(2, later))
		countOne(t, s, counted, with(problem(3, noon), func(r *report.Report) { r.Service = "umbrella" }))
		forget(t, s, later)
		wantProblems(t, s, "acme", noon, noon.Add(time.Minute), 0)
		wantProblems(t, s, "acme", later, later.Add(time.Minute), 1)
		wantActive(t, s, noon, "acme")
	})
	t.Run("again and again", func(t *testing.T) {
		s := open(t)
		for n := range 5 {
			at := noon.Add(time.Duration(n) * time.Hour)
			countOne(t, s, counted, with(problem(n, at), func(r *report.Report) { r.Reporter = who(1) }))
			forget(t, s, at)
			forget(t, s, at)
		}
		wantProblems(t, s, "acme", noon, noon.Add(5*time.Hour), 5)
	})
}
