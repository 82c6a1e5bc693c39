package storetest

import (
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// household returns reports first, first+1, … of n devices at address 7.
func household(first, n int, at time.Time) []report.Report {
	reports := make([]report.Report, n)
	for i := range reports {
		reports[i] = with(problem(first+i, at), func(r *report.Report) {
			r.Reporter = report.Reporter{Address: 7, Device: uint64(first + i)}
		})
	}
	return reports
}

func testDevices(t *testing.T, open func(*testing.T) window.Store) {
	next := func(n int, at time.Time) report.Report { return household(n, 1, at)[0] }
	t.Run("as many devices as the limit count, and the next is limited", func(t *testing.T) {
		s := open(t)
		wantOutcomes(t, s, append(repeated(counted, window.MaxDevices), limited), household(1, window.MaxDevices+1, noon)...)
		wantOutcome(t, s, repeat, with(next(1, noon), func(r *report.Report) { r.ID = id(90) })) // a repeat is a repeat before it is limited
		wantOutcome(t, s, limited, next(30, noon.Add(29*time.Minute)))
		wantOutcome(t, s, counted, next(31, noon.Add(30*time.Minute)))
		wantProblems(t, s, "acme", noon, noon.Add(time.Hour), window.MaxDevices+1)
	})
	t.Run("a limited report starts no cool-down", func(t *testing.T) {
		s := open(t)
		wantOutcomes(t, s, append(repeated(counted, window.MaxDevices), limited), household(1, window.MaxDevices+1, noon)...)
		wantOutcome(t, s, counted, with(next(9, noon.Add(30*time.Minute)), func(r *report.Report) { r.ID = id(91) }))
	})
	t.Run("the limit is per service, kind and address", func(t *testing.T) {
		s := open(t)
		wantOutcomes(t, s, repeated(counted, window.MaxDevices), household(1, window.MaxDevices, noon)...)
		wantOutcome(t, s, counted, with(next(40, noon), func(r *report.Report) { r.Service = "umbrella" }))
		wantOutcome(t, s, counted, with(next(41, noon), func(r *report.Report) { r.Kind = report.Recovery }))
		wantOutcome(t, s, counted, with(next(42, noon), func(r *report.Report) { r.Reporter.Address = 8 }))
	})
	t.Run("a device that counted twice is one device", func(t *testing.T) {
		s := open(t)
		wantOutcome(t, s, counted, next(1, noon))
		wantOutcome(t, s, counted, with(next(1, noon.Add(30*time.Minute)), func(r *report.Report) { r.ID = id(92) }))
		// These name a minute less than a cool-down away from both reports of device 1.
		between := func(r report.Report) report.Report {
			return with(r, func(r *report.Report) { r.Minute = noon.Add(16 * time.Minute) })
		}
		late := noon.Add(31 * time.Minute)
		for n := 2; n <= window.MaxDevices; n++ {
			wantOutcome(t, s, counted, between(next(n, late)))
		}
		wantOutcome(t, s, limited, between(next(20, late)))
	})
	t.Run("the limit stays the same at midnight, when pseudonyms change", func(t *testing.T) {
		s := open(t)
		midnight := noon.Add(12 * time.Hour)
		wantOutcomes(t, s, repeated(counted, window.MaxDevices), household(1, window.MaxDevices, midnight.Add(-5*time.Minute))...)
		wantOutcome(t, s, limited, with(problem(60, midnight.Add(5*time.Minute)), func(r *report.Report) {
			r.Reporter = report.Reporter{Address: 1007, Device: 1060}
			r.Yesterday = report.Reporter{Address: 7, Device: 60}
		}))
	})
}
