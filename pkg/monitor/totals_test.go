package monitor_test

import (
	"context"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/monitor"
	"github.com/outcry/outcry/pkg/window"
)

// wantFrozen asserts that the only incident is over, with exactly the reports
// that the archive has of it, and a peak within it.
func (h *fixture) wantFrozen() incident.Incident {
	h.t.Helper()
	all := h.incidents()
	if len(all) != 1 || all[0].State != incident.Resolved || all[0].Split == nil {
		h.t.Fatalf("incidents are %+v, want one that is over, with its split", all)
	}
	inc := all[0]
	end := inc.Resolved.Add(window.Width - 1).Truncate(window.Width)
	archived, err := h.archive.CountProblems(context.Background(), "whatsapp", inc.Onset, end)
	if err != nil {
		h.t.Fatal(err)
	}
	var want, symptoms, countries int64
	for _, n := range archived {
		want += n
	}
	for _, s := range inc.Split.Symptoms {
		symptoms += s.Observed
	}
	for _, s := range inc.Split.Countries {
		countries += s.Observed
	}
	if inc.Reports != want || symptoms != want || countries != want {
		h.t.Errorf("%d reports, %d by symptom, %d by country; the archive has %d from %v to %v", inc.Reports, symptoms, countries, want, inc.Onset, end)
	}
	if from, to := inc.Peak.Span(); from.Before(inc.Onset) || to.After(end) || inc.Peak.At.After(inc.Resolved) {
		h.t.Errorf("the peak lies from %v to %v, the incident from %v to %v", from, to, inc.Onset, inc.Resolved)
	}
	if inc.Peak.Observed > inc.Reports || inc.Peak.Window != incident.PeakWindow {
		h.t.Errorf("the peak holds %d of %d reports in %v", inc.Peak.Observed, inc.Reports, inc.Peak.Window)
	}
	return inc
}

func TestTheTotalAndThePeakAreFrozenAtTheEnd(t *testing.T) {
	h := newFixture(t)
	h.run(20*time.Minute, "IN", 0, 1)
	h.run(30*time.Minute, "IN", 60, 500)
	h.run(45*time.Minute, "IN", 0, 1)
	inc := h.wantFrozen()
	if inc.Peak.Observed < 800 || inc.Peak.Expected < 25 || inc.Peak.Expected > 40 {
		t.Errorf("the peak is %+v, want that of 15 minutes with 60 reports each, where 30 are usual", inc.Peak)
	}
	h.run(20*time.Minute, "IN", 0, 1)
	if later := h.incidents()[0]; later.Reports != inc.Reports || later.Peak != inc.Peak || later.Version != inc.Version {
		t.Errorf("twenty minutes after the end it is %+v, was %+v", later, inc)
	}
}

func TestTheTotalOfALongIncidentHoldsAllOfIt(t *testing.T) {
	skipSlow(t)
	h := newFixture(t)
	h.run(20*time.Minute, "IN", 0, 1)
	h.run(10*time.Minute+30*time.Second, "IN", 120, 900)
	h.minutes(28*60, 20)
	running := h.incidents()[0]
	live := h.monitor.Live("whatsapp").Incident
	if live == nil || live.State == incident.Resolved {
		t.Fatalf("after a day it is %+v", live)
	}
	if live.Reports < 28*60*20+1200 {
		t.Errorf("%d reports while it runs, want those before the buckets, too", live.Reports)
	}
	h.minutes(3*60, 0)
	if inc := h.wantFrozen(); inc.ID != running.ID || !inc.Peak.At.Before(inc.Onset.Add(time.Hour)) {
		t.Errorf("%s has its peak at %v, want %s with that of its first hour", inc.ID, inc.Peak.At, running.ID)
	}
}

// minutes counts reports and ticks once a minute, and rolls up every hour.
func (h *fixture) minutes(n, perMinute int) {
	h.t.Helper()
	for i := range n {
		for range time.Minute/monitor.Interval - 1 {
			h.now = h.now.Add(monitor.Interval)
		}
		h.countUntilNextTick("IN", perMinute*int(time.Minute/monitor.Interval), 900)
		if err := h.monitor.Tick(context.Background(), h.now); err != nil {
			h.t.Fatal(err)
		}
		if i%60 == 0 {
			if _, err := h.archive.RollUp(context.Background(), h.now); err != nil {
				h.t.Fatal(err)
			}
		}
	}
}
