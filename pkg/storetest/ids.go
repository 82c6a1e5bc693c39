package storetest

import (
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

func testIDs(t *testing.T, open func(*testing.T) window.Store) {
	t.Run("an empty batch has no outcomes", func(t *testing.T) {
		if got := open(t).Count(t.Context(), nil); len(got) != 0 {
			t.Errorf("Count of nothing = %v", got)
		}
	})
	t.Run("a resend gets the first answer and does not count", func(t *testing.T) {
		s := open(t)
		first := problem(1, noon)
		countOne(t, s, counted, first)
		countOne(t, s, knownCounted, first)
		resend := with(first, func(r *report.Report) {
			r.Received = noon.Add(window.IDMemory - time.Second)
			r.Minute = window.Start(r.Received)
			r.Reporter, r.Symptom, r.Country = who(2), "messaging", "BD"
		})
		countOne(t, s, knownCounted, resend)
		wantProblems(t, s, "acme", noon, noon.Add(3*time.Hour), 1)
	})
	t.Run("a resend of a repeat is a repeat, even when the cool-down is over", func(t *testing.T) {
		s := open(t)
		countOne(t, s, counted, problem(1, noon))
		second := with(problem(2, noon.Add(time.Minute)), func(r *report.Report) { r.Reporter = who(1) })
		countOne(t, s, repeat, second)
		countOne(t, s, knownRepeat, with(second, func(r *report.Report) {
			r.Received = noon.Add(time.Hour)
			r.Minute = r.Received
		}))
		wantProblems(t, s, "acme", noon, noon.Add(2*time.Hour), 1)
	})
	t.Run("a resend of a limited report stays limited", func(t *testing.T) {
		s := open(t)
		count(t, s, repeated(counted, window.MaxDevices), household(1, window.MaxDevices, noon)...)
		ninth := with(problem(50, noon), func(r *report.Report) { r.Reporter = report.Reporter{Address: 7, Device: 50} })
		countOne(t, s, limited, ninth)
		countOne(t, s, knownLimited, with(ninth, func(r *report.Report) {
			r.Received = noon.Add(time.Hour)
			r.Minute = r.Received
		}))
	})
	t.Run("an ID of one service is free in another", func(t *testing.T) {
		s := open(t)
		r := problem(1, noon)
		countOne(t, s, counted, r)
		countOne(t, s, counted, with(r, func(r *report.Report) { r.Service = "umbrella" }))
	})
	t.Run("an ID is known across kinds", func(t *testing.T) {
		s := open(t)
		r := problem(1, noon)
		countOne(t, s, counted, r)
		countOne(t, s, knownCounted, with(r, func(r *report.Report) { r.Kind = report.Recovery }))
	})
	t.Run("a resend after midnight is known", func(t *testing.T) {
		s := open(t)
		r := problem(1, noon.Add(12*time.Hour-time.Minute))
		countOne(t, s, counted, r)
		countOne(t, s, knownCounted, with(r, func(r *report.Report) {
			r.Received = r.Received.Add(2 * time.Minute)
			r.Minute = window.Start(r.Received)
			r.Reporter, r.Yesterday = who(2), who(1)
		}))
		wantProblems(t, s, "acme", noon.Add(11*time.Hour), noon.Add(13*time.Hour), 1)
	})
	t.Run("one batch may hold the same ID twice", func(t *testing.T) {
		s := open(t)
		a, b := problem(1, noon), problem(2, noon)
		again := with(problem(3, noon), func(r *report.Report) { r.Reporter = a.Reporter })
		count(t, s, []window.Outcome{counted, knownCounted, counted, repeat, knownCounted, knownRepeat}, a, a, b, again, b, again)
		wantProblems(t, s, "acme", noon, noon.Add(time.Minute), 2)
	})
}

// household are n devices at address 7, reports first, first+1, …
func household(first, n int, at time.Time) []report.Report {
	reports := make([]report.Report, n)
	for i := range reports {
		reports[i] = with(problem(first+i, at), func(r *report.Report) {
			r.Reporter = report.Reporter{Address: 7, Device: uint64(first + i)}
		})
	}
	return reports
}
