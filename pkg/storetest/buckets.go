package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// cellCount returns the count of n reports of a cell.
func cellCount(country, symptom string, n int64) window.Count {
	return window.Count{Cell: window.Cell{Country: country, Symptom: symptom}, N: n}
}

func testBuckets(t *testing.T, open func(*testing.T) window.Store) {
	minute := func(n int) time.Time { return noon.Add(time.Duration(n) * time.Minute) }
	t.Run("a bucket holds the reports from its start to just before the next", func(t *testing.T) {
		s := open(t)
		wantOutcomes(t, s, repeated(counted, 3),
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
	t.Run("buckets have no gaps, and are known where there was a beat or a report", func(t *testing.T) {
		s := open(t)
		beat(t, s, minute(1).Add(30*time.Second))
		wantOutcome(t, s, counted, problem(1, minute(3)))
		beat(t, s, minute(3))
		beat(t, s, minute(3))
		want := []window.Bucket{
			{Start: noon}, {Start: minute(1), Known: true}, {Start: minute(2)},
			{Start: minute(3), Known: true, Problems: []window.Count{cellCount("IN", "login", 1)}}, {Start: minute(4)},
		}
		wantBuckets(t, s, "acme", noon, minute(5), want)
		want[3].Problems = nil
		wantBuckets(t, s, "unheard-of", noon, minute(5), want)
	})
	t.Run("a report that names an earlier minute does not make that minute known", func(t *testing.T) {
		s := open(t)
		wantOutcome(t, s, counted, naming(1, minute(10), 10*time.Minute))
		b := buckets(t, s, "acme", noon, minute(11))
		if b[0].Known || len(b[0].Problems) != 1 || !b[10].Known {
			t.Errorf("Buckets: the first and the last are %+v and %+v; want one problem in an unknown minute, and a known minute", b[0], b[10])
		}
	})
	t.Run("counts are by kind, country and symptom", func(t *testing.T) {
		s := open(t)
		kind := func(n int, k report.Kind, country, symptom string) report.Report {
			return with(problem(n, noon), func(r *report.Report) { r.Kind, r.Country, r.Symptom = k, country, symptom })
		}
		wantOutcomes(t, s, repeated(counted, 8),
			kind(1, report.Problem, "IN", "login"), kind(2, report.Problem, "IN", "messaging"), kind(3, report.Problem, "BD", "login"),
			kind(4, report.Recovery, "IN", ""), kind(5, report.Recovery, "IN", "login"),
			kind(6, report.Visit, "IN", ""), kind(7, report.Visit, "IN", ""), kind(8, report.Visit, "ZZ", ""))
		wantOutcome(t, s, counted, kind(9, report.Problem, "IN", "login"))
		wantOutcome(t, s, counted, kind(10, report.Visit, "ZZ", ""))
		wantBuckets(t, s, "acme", noon, minute(1), []window.Bucket{{
			Start: noon, Known: true,
			Problems:   []window.Count{cellCount("IN", "login", 2), cellCount("IN", "messaging", 1), cellCount("BD", "login", 1)},
			Recoveries: []window.Count{cellCount("IN", "", 1), cellCount("IN", "login", 1)},
			Visits:     []window.Count{cellCount("IN", "", 2), cellCount("ZZ", "", 2)},
		}})
	})
	t.Run("buckets that were returned do not change", func(t *testing.T) {
		s := open(t)
		wantOutcome(t, s, counted, problem(1, noon))
		first := buckets(t, s, "acme", noon, minute(1))
		wantOutcomes(t, s, repeated(counted, 2), problem(2, noon), with(problem(3, noon), func(r *report.Report) { r.Symptom = "other" }))
		want := []window.Bucket{{Start: noon, Known: true, Problems: []window.Count{cellCount("IN", "login", 1)}}}
		if diff := cmp.Diff(want, first); diff != "" {
			t.Errorf("buckets that were read before another Count (-want +got):\n%s", diff)
		}
		wantProblems(t, s, "acme", noon, minute(1), 3)
	})
}
