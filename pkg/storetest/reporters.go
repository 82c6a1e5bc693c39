package storetest

import (
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// naming returns report n, which arrives at a time and names a minute before it.
func naming(n int, received time.Time, ago time.Duration) report.Report {
	return with(problem(n, received), func(r *report.Report) { r.Minute = window.Start(received.Add(-ago)) })
}

func testReporters(t *testing.T, open func(*testing.T) window.Store) {
	same := func(r report.Report) report.Report {
		return with(r, func(r *report.Report) { r.Reporter = reporter(1) })
	}
	for _, c := range []struct {
		name   string
		second report.Report
		want   window.Outcome
	}{
		{"a second report in the same minute is a repeat", problem(2, noon.Add(59*time.Second)), repeat},
		{"a second report 29 minutes later is a repeat", problem(2, noon.Add(29*time.Minute+59*time.Second)), repeat},
		{"a second report 30 minutes later counts", problem(2, noon.Add(30*time.Minute)), counted},
		{"a second report that names a minute 29 minutes earlier is a repeat", naming(2, noon, 29*time.Minute), repeat},
		{"a second report that names a minute 30 minutes earlier counts", naming(2, noon, 30*time.Minute), counted},
		{"another symptom and country do not make it count", with(problem(2, noon), func(r *report.Report) { r.Symptom, r.Country = "messaging", "BD" }), repeat},
		{"another network does not make it count", with(problem(2, noon), func(r *report.Report) { r.Network = 99 }), repeat},
		{"a report of another service counts", with(problem(2, noon), func(r *report.Report) { r.Service = "umbrella" }), counted},
		{"a report of another kind counts", with(problem(2, noon), func(r *report.Report) { r.Kind = report.Recovery }), counted},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := open(t)
			wantOutcome(t, s, counted, same(problem(1, noon)))
			wantOutcome(t, s, c.want, same(c.second))
		})
	}
	t.Run("another device at the address counts", func(t *testing.T) {
		s := open(t)
		wantOutcome(t, s, counted, problem(1, noon))
		wantOutcome(t, s, counted, with(problem(2, noon), func(r *report.Report) {
			r.Reporter = report.Reporter{Address: reporter(1).Address, Device: 5}
		}))
	})
	t.Run("the distance of the named minutes decides, in both directions, not the arrival", func(t *testing.T) {
		s := open(t)
		wantOutcome(t, s, counted, same(naming(1, noon.Add(15*time.Minute), 0)))              // names 12:15
		wantOutcome(t, s, repeat, same(naming(2, noon.Add(44*time.Minute), 0)))               // names 12:44
		wantOutcome(t, s, counted, same(naming(3, noon.Add(55*time.Minute), 10*time.Minute))) // names 12:45
		wantOutcome(t, s, repeat, same(naming(4, noon.Add(56*time.Minute), 12*time.Minute)))  // names 12:44, between the two that counted
		s = open(t)
		wantOutcome(t, s, counted, same(naming(1, noon.Add(30*time.Minute), 0)))                // names 12:30
		wantOutcome(t, s, repeat, same(naming(2, noon.Add(30*time.Minute), 15*time.Minute)))    // names 12:15
		wantOutcome(t, s, counted, same(naming(3, noon.Add(60*time.Minute+59*time.Second), 0))) // names 13:00
		wantOutcome(t, s, repeat, same(naming(4, noon.Add(61*time.Minute), time.Minute)))       // names 13:00
		wantOutcome(t, s, counted, same(naming(5, noon.Add(105*time.Minute), 15*time.Minute)))  // names 13:30
		wantOutcome(t, s, repeat, same(naming(6, noon.Add(106*time.Minute), 0)))                // names 13:46
		wantProblems(t, s, "acme", noon, noon.Add(2*time.Hour), 3)
	})
	t.Run("a repeat does not extend the cool-down", func(t *testing.T) {
		s := open(t)
		wantOutcome(t, s, counted, same(problem(1, noon)))
		wantOutcome(t, s, repeat, same(problem(2, noon.Add(20*time.Minute))))
		wantOutcome(t, s, counted, same(problem(3, noon.Add(30*time.Minute))))
		wantProblems(t, s, "acme", noon, noon.Add(time.Hour), 2)
	})
	t.Run("a recovery has its own cool-down", func(t *testing.T) {
		s := open(t)
		recovery := func(n int, at time.Time) report.Report {
			return same(with(problem(n, at), func(r *report.Report) { r.Kind = report.Recovery; r.Symptom = "" }))
		}
		wantOutcome(t, s, counted, same(problem(1, noon)))
		wantOutcome(t, s, counted, recovery(2, noon.Add(10*time.Minute)))
		wantOutcome(t, s, repeat, recovery(3, noon.Add(39*time.Minute)))
		wantOutcome(t, s, counted, same(problem(4, noon.Add(30*time.Minute))))
		wantOutcome(t, s, counted, recovery(5, noon.Add(40*time.Minute)))
	})
	t.Run("a cool-down goes on after midnight, when the pseudonym changes", func(t *testing.T) {
		s := open(t)
		midnight := noon.Add(12 * time.Hour)
		after := func(n int, at time.Time) report.Report {
			return with(problem(n, at), func(r *report.Report) { r.Reporter, r.Yesterday = reporter(100), reporter(1) })
		}
		wantOutcome(t, s, counted, same(problem(1, midnight.Add(-10*time.Minute))))
		wantOutcome(t, s, repeat, after(2, midnight.Add(19*time.Minute)))
		wantOutcome(t, s, counted, after(3, midnight.Add(20*time.Minute)))
		wantOutcome(t, s, repeat, after(4, midnight.Add(21*time.Minute)))
		wantOutcome(t, s, counted, with(problem(5, midnight.Add(21*time.Minute)), func(r *report.Report) { r.Yesterday = reporter(5000) }))
	})
	t.Run("a visit always counts and starts no cool-down", func(t *testing.T) {
		s := open(t)
		visit := same(with(problem(1, noon), func(r *report.Report) { r.Kind, r.Symptom = report.Visit, "" }))
		wantOutcomes(t, s, repeated(counted, 2), visit, visit)
		wantOutcome(t, s, counted, same(problem(1, noon)))
		wantOutcome(t, s, counted, visit)
	})
}
