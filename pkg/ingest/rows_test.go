package ingest

import (
	"net/netip"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/limit"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// room is a limiter with room for so many rows and no other limits.
type room struct{ rows int }

func (r *room) Take(class limit.Class, _ limit.Sender, _ time.Time) limit.Decision {
	if class == limit.Rows {
		r.rows--
		if r.rows < 0 {
			r.rows = 0
			return limit.Decision{Class: class}
		}
	}
	return limit.Decision{Class: class, Allowed: true}
}

func (r *room) GiveBack(class limit.Class, _ limit.Sender, _ time.Time) {
	if class == limit.Rows {
		r.rows++
	}
}

func TestReportsBeyondTheRowsOfANetworkAreAnsweredAndNotStored(t *testing.T) {
	store, left := &recorder{}, &room{rows: 3}
	o := testOptions(store)
	o.Limiter = left
	run(t, o, func(t *testing.T, in *Ingester, stop func()) {
		from := Sender{Addr: netip.MustParseAddr("203.0.113.7")}
		item := Item{down, from}
		var got []window.Status
		for range 2 {
			r, err := in.Submit(down, from)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, r.Status)
		}
		for _, r := range in.SubmitAll([]Item{item, item, {down, Sender{Source: "key:1", Exempt: true}}}) {
			if r.Err != nil {
				t.Fatal(r.Err)
			}
			got = append(got, r.Status)
		}
		r, err := in.Submit(down, from)
		if err != nil || r.Counted || r.Status != window.Limited || r.AsOf != noon || r.Service != down.Service || r.ID.String() == "" {
			t.Errorf("beyond the rows: %+v, %v; want a receipt with the status limited", r, err)
		}
		want := []window.Status{window.Counted, window.Counted, window.Counted, window.Limited, window.Counted}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("report %d is %v, want %v", i+1, got[i], want[i])
			}
		}
		stop()
		if n := len(store.reports); n != 4 {
			t.Errorf("the store got %d reports, want 4", n)
		}
		if s := in.Stats(); s.Submissions.Of(OutcomeNotStored) != 2 || s.Submissions.Of(OutcomeCounted) != 4 || s.Submissions.Of(OutcomeThrottled) != 0 {
			t.Errorf("Stats() = %+v, want 2 surplus and 4 counted", s)
		}
	})
}

func TestWhatIsNotStoredCostsNoRow(t *testing.T) {
	left := &room{rows: 5}
	o := testOptions(storeFunc(func(reports []report.Report) []window.Outcome { return all(window.Failed, len(reports)) }))
	o.Limiter = left
	run(t, o, func(t *testing.T, in *Ingester, stop func()) {
		from := Sender{Addr: netip.MustParseAddr("203.0.113.7")}
		wrong := down
		wrong.Symptom = "sneezing"
		if _, err := in.Submit(wrong, from); fault.KindOf(err) != fault.Invalid {
			t.Fatalf("a wrong symptom: %v, want fault.Invalid", err)
		}
		if _, err := in.Submit(down, from); fault.KindOf(err) != fault.Unavailable {
			t.Fatalf("a store that fails: %v, want fault.Unavailable", err)
		}
		stop() // the queue is closed
		for _, r := range in.SubmitAll([]Item{{down, from}, {down, from}}) {
			if fault.KindOf(r.Err) != fault.Unavailable {
				t.Fatalf("a closed queue: %v, want fault.Unavailable", r.Err)
			}
		}
		if left.rows != 5 {
			t.Errorf("%d rows are left, want all 5", left.rows)
		}
	})
}
