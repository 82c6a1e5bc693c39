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
			t.Errorf("Count of no reports = %v, want no outcomes", got)
		}
	})
	t.Run("a report that is sent again gets its first outcome and does not count", func(t *testing.T) {
		s := open(t)
		first := problem(1, noon)
		wantOutcome(t, s, counted, first)
		wantOutcome(t, s, resentCounted, first)
		resend := with(first, func(r *report.Report) {
			r.Received = noon.Add(window.IDMemory - time.Second)
			r.Minute = window.Start(r.Received)
			r.Reporter, r.Symptom, r.Country = reporter(2), "messaging", "BD"
		})
		wantOutcome(t, s, resentCounted, resend)
		wantProblems(t, s, "acme", noon, noon.Add(3*time.Hour), 1)
	})
	t.Run("a repeat that is sent again stays a repeat after the cool-down", func(t *testing.T) {
		s := open(t)
		wantOutcome(t, s, counted, problem(1, noon))
		second := with(problem(2, noon.Add(time.Minute)), func(r *report.Report) { r.Reporter = reporter(1) })
		wantOutcome(t, s, repeat, second)
		wantOutcome(t, s, resentRepeat, with(second, func(r *report.Report) {
			r.Received = noon.Add(time.Hour)
			r.Minute = r.Received
		}))
		wantProblems(t, s, "acme", noon, noon.Add(2*time.Hour), 1)
	})
	t.Run("a limited report that is sent again stays limited", func(t *testing.T) {
		s := open(t)
		wantOutcomes(t, s, repeated(counted, window.MaxDevices), household(1, window.MaxDevices, noon)...)
		ninth := with(problem(50, noon), func(r *report.Report) { r.Reporter = report.Reporter{Address: 7, Device: 50} })
		wantOutcome(t, s, limited, ninth)
		wantOutcome(t, s, resentLimited, with(ninth, func(r *report.Report) {
			r.Received = noon.Add(time.Hour)
			r.Minute = r.Received
		}))
	})
	t.Run("an ID that one service counted is new for another", func(t *testing.T) {
		s := open(t)
		r := problem(1, noon)
		wantOutcome(t, s, counted, r)
		wantOutcome(t, s, counted, with(r, func(r *report.Report) { r.Service = "umbrella" }))
	})
	t.Run("an ID that was a problem does not count as a recovery", func(t *testing.T) {
		s := open(t)
		r := problem(1, noon)
		wantOutcome(t, s, counted, r)
		wantOutcome(t, s, resentCounted, with(r, func(r *report.Report) { r.Kind = report.Recovery }))
	})
	t.Run("a report that is sent again after midnight does not count", func(t *testing.T) {
		s := open(t)
		r := problem(1, noon.Add(12*time.Hour-time.Minute))
		wantOutcome(t, s, counted, r)
		wantOutcome(t, s, resentCounted, with(r, func(r *report.Report) {
			r.Received = r.Received.Add(2 * time.Minute)
			r.Minute = window.Start(r.Received)
			r.Reporter, r.Yesterday = reporter(2), reporter(1)
		}))
		wantProblems(t, s, "acme", noon.Add(11*time.Hour), noon.Add(13*time.Hour), 1)
	})
	t.Run("an ID counts once within a batch too", func(t *testing.T) {
		s := open(t)
		a, b := problem(1, noon), problem(2, noon)
		again := with(problem(3, noon), func(r *report.Report) { r.Reporter = a.Reporter })
		wantOutcomes(t, s, []window.Outcome{counted, resentCounted, counted, repeat, resentCounted, resentRepeat}, a, a, b, again, b, again)
		wantProblems(t, s, "acme", noon, noon.Add(time.Minute), 2)
	})
}
