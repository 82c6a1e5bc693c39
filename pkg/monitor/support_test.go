package monitor_test

import (
	"context"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// visit counts visits of WhatsApp's page from Bangladesh.
func (h *fixture) visit(n int) {
	h.t.Helper()
	at := h.now.Add(time.Second)
	reports := make([]report.Report, n)
	for i := range reports {
		reports[i] = report.Report{Service: "whatsapp", Kind: report.Visit, Country: "BD", Minute: window.Start(at), Received: at}
	}
	for _, o := range h.store.Count(context.Background(), reports) {
		if o.Status != window.Counted {
			h.t.Fatalf("Count of a visit = %v, %v; want it counted", o.Status, o.Err)
		}
	}
}

// TestVisitsMakeAnIncidentBeginSoonerAndNeverAlone adds a surge of visits to a
// small outage, and to no outage.
func TestVisitsMakeAnIncidentBeginSoonerAndNeverAlone(t *testing.T) {
	delay := func(visits int) time.Duration {
		h := newFixture(t)
		h.run(10*time.Minute, "IN", 0, 1)
		start := h.now
		for h.now.Sub(start) < 30*time.Minute {
			if visits > 0 {
				h.visit(visits)
			}
			h.run(20*time.Second, "IN", 0, 1)
			h.run(10*time.Second, "BD", 6, 500) // one report
			if all := h.incidents(); len(all) > 0 {
				return all[0].Suspected.Sub(start)
			}
		}
		t.Fatal("no incident within 30 minutes")
		return 0
	}
	without, with := delay(0), delay(40)
	if with >= without {
		t.Errorf("suspected after %v with visits and after %v without, want it sooner with visits", with, without)
	}
	h := newFixture(t)
	for range 180 {
		h.visit(100)
		h.run(10*time.Second, "IN", 0, 1)
	}
	if all := h.incidents(); len(all) > 0 {
		t.Errorf("visits alone made incident %+v, want none", all[0])
	}
}
