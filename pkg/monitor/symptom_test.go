package monitor_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/baseline"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/monitor"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// TestASymptomMayHaveAnAnomalyAlone has a busy service whose logins fail. They are
// a very small share of its reports.
func TestASymptomMayHaveAnAnomalyAlone(t *testing.T) {
	h := newFixture(t)
	var rollups []window.Rollup
	for at := morning.Add(-baseline.HistoryLength); at.Before(morning); at = at.Add(time.Hour) {
		for symptom, n := range map[string]int64{"messaging": 6000, "login": 60} {
			rollups = append(rollups, window.Rollup{Service: "whatsapp", Kind: report.Problem, Start: at, Width: time.Hour,
				Cell: window.Cell{Country: "IN", Symptom: symptom}, N: n})
		}
	}
	if err := h.archive.SaveRollups(context.Background(), rollups, nil); err != nil {
		t.Fatal(err)
	}
	h.baselines.Reset()
	run := func(d time.Duration, logins, networks int) {
		for end := h.now.Add(d); h.now.Before(end); {
			h.now = h.now.Add(monitor.Interval)
			at := h.now.Add(-time.Millisecond)
			var reports []report.Report
			for range 17 {
				reports = append(reports, h.report(at, "IN", h.rng.IntN(1<<30)))
			}
			for range logins {
				r := h.report(at, "IN", 1<<31+h.rng.IntN(networks))
				r.Symptom = "login"
				reports = append(reports, r)
			}
			h.store.Count(context.Background(), reports)
			if err := h.monitor.Tick(context.Background(), h.now); err != nil {
				t.Fatal(err)
			}
		}
	}
	run(20*time.Minute, 0, 1)
	run(15*time.Minute, 3, 2)
	if all := h.incidents(); len(all) > 0 {
		t.Fatalf("two networks made incident %+v, want none", all[0])
	}
	run(20*time.Minute, 0, 1)
	run(15*time.Minute, 3, 1<<20)
	all := h.incidents()
	if len(all) != 1 || all[0].Declared.IsZero() {
		t.Fatalf("failing logins made incidents %+v, want one, declared", all)
	}
	live := h.monitor.Live("whatsapp")
	if live.Verdict.Level != detect.Outage || live.Incident == nil {
		t.Errorf("Live has the verdict %+v and the incident %v, want an outage with its incident", live.Verdict, live.Incident)
	}
	if !slices.ContainsFunc(all[0].Symptoms, func(s incident.Segment) bool { return s.ID == "login" }) ||
		slices.ContainsFunc(all[0].Symptoms, func(s incident.Segment) bool { return s.ID == "messaging" }) {
		t.Errorf("the symptoms of the incident are %+v, want login and not messaging", all[0].Symptoms)
	}
}
