package storetest

import (
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

func testForget(t *testing.T, open func(*testing.T) window.Store) {
	t.Run("cool-downs, IDs and buckets stay until no answer needs them", func(t *testing.T) {
		s := open(t)
		r := naming(1, noon.Add(29*time.Minute), 0)
		wantOutcome(t, s, counted, r)
		forget(t, s, noon.Add(73*time.Minute))
		wantOutcome(t, s, repeat, with(naming(2, noon.Add(73*time.Minute), 15*time.Minute), func(r *report.Report) { r.Reporter = reporter(1) }))
		forget(t, s, noon.Add(2*time.Hour+29*time.Minute-time.Second))
		wantOutcome(t, s, resentCounted, with(r, func(r *report.Report) {
			r.Received = noon.Add(2*time.Hour + 29*time.Minute - time.Second)
			r.Minute = window.Start(r.Received)
		}))
		forget(t, s, noon.Add(29*time.Minute+window.Retention))
		wantProblems(t, s, "acme", noon, noon.Add(time.Hour), 1)
	})
	t.Run("networks of the last slices stay", func(t *testing.T) {
		s := open(t)
		wantOutcome(t, s, counted, problem(1, noon))
		forget(t, s, noon.Add(window.SliceRetention-time.Second))
		if got := networksIn(t, s, "acme", noon.Add(window.SliceRetention-time.Second), window.SliceRetention).World.Networks; got != 1 {
			t.Errorf("networks after Forget = %d, want 1", got)
		}
	})
	t.Run("buckets older than the retention are dropped, and services without any", func(t *testing.T) {
		s := open(t)
		later := noon.Add(window.Retention + 2*time.Hour)
		wantOutcome(t, s, counted, problem(1, noon))
		wantOutcome(t, s, counted, problem(2, later))
		wantOutcome(t, s, counted, with(problem(3, noon), func(r *report.Report) { r.Service = "umbrella" }))
		forget(t, s, later)
		wantProblems(t, s, "acme", noon, noon.Add(time.Minute), 0)
		wantProblems(t, s, "acme", later, later.Add(time.Minute), 1)
		wantActive(t, s, noon, "acme")
	})
	t.Run("forgetting twice changes nothing, and counting goes on", func(t *testing.T) {
		s := open(t)
		for n := range 5 {
			at := noon.Add(time.Duration(n) * time.Hour)
			wantOutcome(t, s, counted, with(problem(n, at), func(r *report.Report) { r.Reporter = reporter(1) }))
			forget(t, s, at)
			forget(t, s, at)
		}
		wantProblems(t, s, "acme", noon, noon.Add(5*time.Hour), 5)
	})
}
