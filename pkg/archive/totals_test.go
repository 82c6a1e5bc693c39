package archive

import (
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

func TestProblemsAddsUpTheRollupsOfAllServicesInASpan(t *testing.T) {
	onBoth(t, func(t *testing.T, a *Archive) {
		before, after := noon.Add(-window.RollupWidth), noon.Add(time.Hour)
		recovery := rollupOf("acme", "IN", noon, window.RollupWidth, 100)
		recovery.Kind, recovery.Symptom = report.Recovery, ""
		err := a.SaveRollups(t.Context(), []window.Rollup{
			rollupOf("acme", "IN", before, window.RollupWidth, 1_000), rollupOf("acme", "IN", noon, window.RollupWidth, 3), recovery,
			rollupOf("umbrella", "BD", noon.Add(window.RollupWidth), window.RollupWidth, 4), rollupOf("acme", "IN", after, window.RollupWidth, 1_000),
		}, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			from, to time.Time
			want     int64
		}{{noon, after, 7}, {before, after, 1_007}, {after.Add(time.Hour), after.Add(2 * time.Hour), 0}} {
			if n, err := a.Problems(t.Context(), c.from, c.to); n != c.want || err != nil {
				t.Errorf("Problems(%s, %s) = %d, %v; want %d", c.from.Format(time.TimeOnly), c.to.Format(time.TimeOnly), n, err, c.want)
			}
		}
	})
}

func TestReportsCountsTheReportsOfASpan(t *testing.T) {
	onBoth(t, func(t *testing.T, a *Archive) {
		addReports(t, a, "acme", "IN", noon.Add(-time.Minute), 5)
		addReports(t, a, "acme", "IN", noon, 2)
		addReports(t, a, "umbrella", "BD", noon.Add(59*time.Minute), 1)
		addReports(t, a, "umbrella", "BD", noon.Add(time.Hour), 5)
		if n, err := a.Reports(t.Context(), noon, noon.Add(time.Hour)); n != 3 || err != nil {
			t.Errorf("Reports(noon, one hour later) = %d, %v; want 3", n, err)
		}
	})
}

func TestCountProblemsCountsTheReportsOfAServiceByCell(t *testing.T) {
	onBoth(t, func(t *testing.T, a *Archive) {
		addReports(t, a, "acme", "IN", noon.Add(-time.Minute), 5)
		addReports(t, a, "acme", "IN", noon, 2)
		addReports(t, a, "acme", "BD", noon.Add(59*time.Minute), 1)
		addReports(t, a, "acme", "BD", noon.Add(time.Hour), 5)
		addReports(t, a, "umbrella", "BD", noon, 5)
		counts, err := a.CountProblems(t.Context(), "acme", noon, noon.Add(time.Hour))
		byCountry := map[string]int64{}
		for cell, n := range counts {
			byCountry[cell.Country] += n
		}
		if err != nil || len(byCountry) != 2 || byCountry["IN"] != 2 || byCountry["BD"] != 1 {
			t.Errorf("CountProblems(acme, noon, one hour later) = %v, %v; want 2 of IN and 1 of BD", counts, err)
		}
	})
}
