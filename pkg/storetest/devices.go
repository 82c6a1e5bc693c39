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
	t.Run("a report may say that more devices count, or fewer", func(t *testing.T) {
		s := open(t)
		bounded := func(bound int, reports ...report.Report) []report.Report {
			for i := range reports {
				reports[i].Devices = bound
			}
			return reports
		}
		wantOutcomes(t, s, repeated(counted, 3), bounded(3, household(1, 3, noon)...)...)
		wantOutcomes(t, s, []window.Outcome{limited, counted}, bounded(3, next(4, noon))[0], bounded(4, next(5, noon))[0])
		wantOutcomes(t, s, append(repeated(counted, 16), limited), bounded(20, household(10, 17, noon)...)...)
		again := func(n int, at time.Time) report.Report {
			return with(next(n, at), func(r *report.Report) { r.ID, r.Devices = id(500+n), 100 })
		}
		wantOutcomes(t, s, repeated(repeat, 3), again(1, noon), again(12, noon), again(25, noon.Add(29*time.Minute)))
		wantOutcomes(t, s, []window.Outcome{limited, counted}, next(60, noon.Add(29*time.Minute)), next(61, noon.Add(30*time.Minute)))
		// Half an hour later all of them count again, and are the same devices.
		late := noon.Add(30 * time.Minute)
		for n := 10; n < 26; n++ {
			wantOutcome(t, s, counted, with(again(n, late), func(r *report.Report) { r.ID = id(700 + n) }))
		}
		between := func(n, bound int) report.Report {
			return with(next(n, late), func(r *report.Report) { r.Minute, r.Devices = noon.Add(15*time.Minute), bound })
		}
		wantOutcomes(t, s, []window.Outcome{limited, counted}, between(80, 21), between(81, 22)) // 1 to 3, 5, 10 to 25 and 61
	})
	t.Run("a carrier's gateway has thousands of devices", func(t *testing.T) {
		s := open(t)
		const phones = 1250
		reports := household(1, phones, noon)
		for i := range reports {
			reports[i].Devices = window.MaxDevicesDeclared
		}
		wantOutcomes(t, s, repeated(counted, phones), reports...)
		for i := range reports {
			reports[i].ID = id(phones + 1 + i)
		}
		wantOutcomes(t, s, repeated(repeat, phones), reports...)
		for i := range reports {
			reports[i].ID, reports[i].Reporter.Device = id(2*phones+1+i), uint64(2*phones+1+i)
			reports[i].Devices = phones
		}
		wantOutcomes(t, s, repeated(limited, phones), reports...)
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
