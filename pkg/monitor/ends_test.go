package monitor_test

import (
	"context"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/baseline"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// TestAnIncidentEndsAsAWhole has an outage in which people also choose symptoms
// that are otherwise chosen once an hour. Those have no evidence of their
// own that it is over, and must not keep the incident open.
func TestAnIncidentEndsAsAWhole(t *testing.T) {
	h := newFixture(t)
	rare := []string{"login", "calls", "app", "website", "other"}
	var rollups []window.Rollup
	for at := morning.Add(-baseline.HistoryLength); at.Before(morning); at = at.Add(time.Hour) {
		for _, symptom := range rare {
			rollups = append(rollups, window.Rollup{Service: "whatsapp", Kind: report.Problem, Start: at, Width: time.Hour,
				Cell: window.Cell{Country: "IN", Symptom: symptom}, N: 1})
		}
	}
	if err := h.archive.SaveRollups(context.Background(), rollups, nil); err != nil {
		t.Fatal(err)
	}
	h.baselines.Reset()
	h.run(20*time.Minute, "IN", 0, 1)
	for minute := range 90 {
		h.run(time.Minute, "IN", 12, 1<<30)
		if minute%5 > 0 {
			continue
		}
		for _, symptom := range rare {
			r := h.report(h.now, "IN", h.rng.IntN(1<<30))
			r.Symptom = symptom
			h.store.Count(context.Background(), []report.Report{r})
		}
	}
	over := h.now
	h.run(2*time.Hour, "IN", 0, 1)
	all := h.incidents()
	if len(all) != 1 || all[0].Declared.IsZero() {
		t.Fatalf("the outage made the incidents %+v, want one, declared", all)
	}
	if all[0].State != incident.Resolved {
		t.Fatalf("two hours after the counts were back the incident is %s, want resolved", all[0].State)
	}
	if after := all[0].Updated.Sub(over); after > 30*time.Minute {
		t.Errorf("the incident was resolved %s after the counts were back, want at most half an hour", after)
	}
}
