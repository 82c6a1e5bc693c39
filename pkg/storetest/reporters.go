package storetest

import (
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// names says that report n arrives at a time and names a minute before it.
func names(n int, received time.Time, ago time.Duration) report.Report {
	return with(problem(n, received), func(r *report.Report) { r.Minute = window.Start(received.Add(-ago)) })
}

func testReporters(t *testing.T, open func(*testing.T) window.Store) {
	same := func(r report.Report) report.Report {
		return with(r, func(r *report.Report) { r.Reporter = who(1) })
	}
	for _, c := range []struct {
		name   string
		second report.Report
		want   window.Outcome
	}{
		{"in the same minute", problem(2, noon.Add(59*time.Second)), repeat},
		{"29 minutes later", problem(2, noon.Add(29*time.Minute+59*time.Second)), repeat},
		{"30 minutes later", problem(2, noon.Add(30*time.Minute)), counted},
		{"29 minutes earlier", names(2, noon, 29*time.Minute), repeat},
		{"30 minutes earlier", names(2, noon, 30*time.Minute), counted},
		{"another symptom and country", with(problem(2, noon), func(r *report.Report) { r.Symptom, r.Country = "messaging", "BD" }), repeat},
		{"another network", with(problem(2, noon), func(r *report.Report) { r.Network = 99 }), repeat},
		{"another service", with(problem(2, noon), func(r *report.Report) { r.Service = "umbrella" }), counted},
		{"another kind", with(problem(2, noon), func(r *report.Report) { r.Kind = report.Recovery }), counted},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := open(t)
			countOne(t, s, counted, same(problem(1, noon)))
			countOne(t, s, c.want, same(c.second))
		})
	}
	t.Run("another device at the address", func(t *testing.T) {
		s := open(t)
		countOne(t, s, counted, problem(1, noon))
		countOne(t, s, counted, with(problem(2, noon), func(r *report.Report) {
			r.Reporter = report.Reporter{Address: who(1).Address, Device: 5}
		}))
	})
	t.Run("the minutes count, not the arrival, also backwards", func(t *testing.T) {
		s := open(t)
		countOne(t, s, counted, same(names(1, noon.Add(15*time.Minute), 0)))              // names 12:15
		countOne(t, s, repeat, same(names(2, noon.Add(44*time.Minute), 0)))               // names 12:44
		countOne(t, s, counted, same(names(3, noon.Add(55*time.Minute), 10*time.Minute))) // names 12:45
		countOne(t, s, repeat, same(names(4, noon.Add(56*time.Minute), 12*time.Minute)))  // names 12:44, before one and after the other
		s = open(t)
		countOne(t, s, counted, same(names(1, noon.Add(30*time.Minute), 0)))                // names 12:30
		countOne(t, s, repeat, same(names(2, noon.Add(30*time.Minute), 15*time.Minute)))    // names 12:15
		countOne(t, s, counted, same(names(3, noon.Add(60*time.Minute+59*time.Second), 0))) // names 13:00
		countOne(t, s, repeat, same(names(4, noon.Add(61*time.Minute), time.Minute)))       // names 13:00
		countOne(t, s, counted, same(names(5, noon.Add(105*time.Minute), 15*time.Minute)))  // names 13:30
		countOne(t, s, repeat, same(names(6, noon.Add(106*time.Minute), 0)))                // names 13:46
		wantProblems(t, s, "acme", noon, noon.Add(2*time.Hour), 3)
	})
	t.Run("a repeat does not extend the cool-down", func(t *testing.T) {
		s := open(t)
		countOne(t, s, counted, same(problem(1, noon)))
		countOne(t, s, repeat, same(problem(2, noon.Add(20*time.Minute))))
		countOne(t, s, counted, same(problem(3, noon.Add(30*time.Minute))))
		wantProblems(t, s, "acme", noon, noon.Add(time.Hour), 2)
	})
	t.Run("a recovery has its own cool-down", func(t *testing.T) {
		s := open(t)
		recovery := func(n int, at time.Time) report.Report {
			return same(with(problem(n, at), func(r *report.Report) { r.Kind = report.Recovery; r.Symptom = "" }))
		}
		countOne(t, s, counted, same(problem(1, noon)))
		countOne(t, s, counted, recovery(2, noon.Add(10*time.Minute)))
		countOne(t, s, repeat, recovery(3, noon.Add(39*time.Minute)))
		countOne(t, s, counted, same(problem(4, noon.Add(30*time.Minute))))
		countOne(t, s, counted, recovery(5, noon.Add(40*time.Minute)))
	})
	t.Run("yesterday's pseudonym counts as well", func(t *testing.T) {
		s := open(t)
		midnight := noon.Add(12 * time.Hour)
		after := func(n int, at time.Time) report.Report {
			return with(problem(n, at), func(r *report.Report) { r.Reporter, r.Yesterday = who(100), who(1) })
		}
		countOne(t, s, counted, same(problem(1, midnight.Add(-10*time.Minute))))
		countOne(t, s, repeat, after(2, midnight.Add(19*time.Minute)))
		countOne(t, s, counted, after(3, midnight.Add(20*time.Minute)))
		countOne(t, s, repeat, after(4, midnight.Add(21*time.Minute)))
		countOne(t, s, counted, with(problem(5, midnight.Add(21*time.Minute)), func(r *report.Report) { r.Yesterday = who(5000) }))
	})
	t.Run("visits always count, and neither start nor meet a cool-down", func(t *testing.T) {
		s := open(t)
		visit := same(with(problem(1, noon), func(r *report.Report) { r.Kind, r.Symptom = report.Visit, "" }))
		count(t, s, repeated(counted, 2), visit, visit)
		countOne(t, s, counted, same(problem(1, noon)))
		countOne(t, s, counted, visit)
	})
}

func testDevices(t *testing.T, open func(*testing.T) window.Store) {
	next := func(n int, at time.Time) report.Report { return household(n, 1, at)[0] }
	t.Run("so many and no more", func(t *testing.T) {
		s := open(t)
		count(t, s, append(repeated(counted, window.MaxDevices), limited), household(1, window.MaxDevices+1, noon)...)
		countOne(t, s, repeat, with(next(1, noon), func(r *report.Report) { r.ID = id(90) })) // a repeat first of all
		countOne(t, s, limited, next(30, noon.Add(29*time.Minute)))
		countOne(t, s, counted, next(31, noon.Add(30*time.Minute)))
		wantProblems(t, s, "acme", noon, noon.Add(time.Hour), window.MaxDevices+1)
	})
	t.Run("a limited device uses nothing up", func(t *testing.T) {
		s := open(t)
		count(t, s, append(repeated(counted, window.MaxDevices), limited), household(1, window.MaxDevices+1, noon)...)
		countOne(t, s, counted, with(next(9, noon.Add(30*time.Minute)), func(r *report.Report) { r.ID = id(91) }))
	})
	t.Run("by service, kind and address", func(t *testing.T) {
		s := open(t)
		count(t, s, repeated(counted, window.MaxDevices), household(1, window.MaxDevices, noon)...)
		countOne(t, s, counted, with(next(40, noon), func(r *report.Report) { r.Service = "umbrella" }))
		countOne(t, s, counted, with(next(41, noon), func(r *report.Report) { r.Kind = report.Recovery }))
		countOne(t, s, counted, with(next(42, noon), func(r *report.Report) { r.Reporter.Address = 8 }))
	})
	t.Run("a device that counted twice is one", func(t *testing.T) {
		s := open(t)
		countOne(t, s, counted, next(1, noon))
		countOne(t, s, counted, with(next(1, noon.Add(30*time.Minute)), func(r *report.Report) { r.ID = id(92) }))
		// Between the two, both are less than a cool-down away.
		between := func(r report.Report) report.Report {
			return with(r, func(r *report.Report) { r.Minute = noon.Add(16 * time.Minute) })
		}
		late := noon.Add(31 * time.Minute)
		for n := 2; n <= window.MaxDevices; n++ {
			countOne(t, s, counted, between(next(n, late)))
		}
		countOne(t, s, limited, between(next(20, late)))
	})
	t.Run("midnight does not double them", func(t *testing.T) {
		s := open(t)
		midnight := noon.Add(12 * time.Hour)
		count(t, s, repeated(counted, window.MaxDevices), household(1, window.MaxDevices, midnight.Add(-5*time.Minute))...)
		countOne(t, s, limited, with(problem(60, midnight.Add(5*time.Minute)), func(r *report.Report) {
			r.Reporter = report.Reporter{Address: 1007, Device: 1060}
			r.Yesterday = report.Reporter{Address: 7, Device: 60}
		}))
	})
}
