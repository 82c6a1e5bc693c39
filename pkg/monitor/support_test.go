package monitor_test

import (
	"context"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// visit counts visits of WhatsApp's page from Bangladesh.
func (h *house) visit(n int) {
	h.t.Helper()
	at := h.now.Add(time.Second)
	reports := make([]report.Report, n)
	for i := range reports {
		reports[i] = report.Report{Service: "whatsapp", Kind: report.Visit, Country: "BD", Minute: window.Start(at), Received: at}
	}
	for _, o := range h.store.Count(context.Background(), reports) {
		if o.Status != window.Counted {
			h.t.Fatalf("a visit was not counted: %v %v", o.Status, o.Err)
		}
	}
}

// TestVisitsMakeAnOutageKnownSoonerAndNeverAlone adds a surge of visits to a
// small outage, and to nothing.
func TestVisitsMakeAnOutageKnownSoonerAndNeverAlone(t *testing.T) {
	suspected := func(visits int) time.Duration {
		h := newHouse(t)
		h.pass(10*time.Minute, "IN", 0, 1)
		begun := h.now
		for h.now.Sub(begun) < 30*time.Minute {
			if visits > 0 {
				h.visit(visits)
			}
			h.pass(20*time.Second, "IN", 0, 1)
			h.pass(10*time.Second, "BD", 6, 500) // one report
			if all := h.incidents(); len(all) > 0 {
				return all[0].Suspected.Sub(begun)
			}
		}
		t.Fatal("no incident")
		return 0
	}
	alone, seen := suspected(0), suspected(40)
	if seen >= alone {
		t.Errorf("with visits suspected after %v, without after %v", seen, alone)
	}
	h := newHouse(t)
	for range 180 {
		h.visit(100)
		h.pass(10*time.Second, "IN", 0, 1)
	}
	if all := h.incidents(); len(all) > 0 {
		t.Errorf("visits alone made an incident: %+v", all[0])
	}
}
