package ingest

import (
	"context"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// items returns n submissions from n addresses.
func items(n int) []Item {
	all := make([]Item, n)
	for i := range all {
		all[i] = Item{down, Sender{Addr: netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)})}}
	}
	return all
}

func TestSubmitAllAnswersByIndex(t *testing.T) {
	wrong, elsewhere, again := down, down, down
	wrong.Symptom = "sneezing"
	elsewhere.Service = "nowhere"
	again.Symptom = "login"
	var got []report.Report
	store := storeFunc(func(reports []report.Report) []window.Outcome {
		got = append(got, reports...)
		outcomes := all(window.Counted, len(reports))
		for i, r := range reports {
			if r.Symptom == "login" {
				outcomes[i] = window.Outcome{Status: window.Repeat}
			}
		}
		return outcomes
	})
	run(t, testOptions(store), func(t *testing.T, in *Ingester, stop func()) {
		results := in.SubmitAll([]Item{{wrong, phone}, {down, phone}, {elsewhere, phone}, {again, phone}, {down, phone}})
		stop()
		if len(got) != 3 {
			t.Fatalf("%d reports reached the store, want 3", len(got))
		}
		wantKind(t, results[0].Err, fault.Invalid)
		wantKind(t, results[2].Err, fault.NotFound)
		for i, place := range []int{1, 3, 4} {
			r := results[place]
			if r.Err != nil || r.ID != got[i].ID || r.Symptom != got[i].Symptom || r.Counted != (place != 3) {
				t.Errorf("result %d is %+v, want the one of %v", place, r, got[i])
			}
		}
	})
}

func TestSubmitAllFindsItsOutcomesBehindThoseOfOthers(t *testing.T) {
	again := down
	again.Symptom = "login"
	synctest.Test(t, func(t *testing.T) {
		in := New(testOptions(storeFunc(func(reports []report.Report) []window.Outcome {
			outcomes := all(window.Counted, len(reports))
			for i, r := range reports {
				if r.Symptom == "login" {
					outcomes[i].Status = window.Repeat
				}
			}
			return outcomes
		})))
		var wg sync.WaitGroup
		wg.Go(func() { in.SubmitAll([]Item{{down, phone}, {down, phone}}) })
		synctest.Wait()
		wg.Go(func() {
			results := in.SubmitAll([]Item{{again, phone}, {down, phone}})
			if results[0].Status != window.Repeat || results[1].Status != window.Counted {
				t.Errorf("behind two others the statuses are %v and %v, want repeat and counted", results[0].Status, results[1].Status)
			}
		})
		synctest.Wait() // both are in one batch now
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if err := in.Run(ended); err != nil {
			t.Error(err)
		}
		wg.Wait()
	})
}

func TestSubmitAllOfNoItemsReturnsNoResults(t *testing.T) {
	if got := New(testOptions(&recorder{})).SubmitAll(nil); len(got) != 0 {
		t.Errorf("SubmitAll(nil) = %v, want no results", got)
	}
}

func TestSubmitAllTakesMoreThanABatch(t *testing.T) {
	const n = 2*MaxBatch + 7
	store := &recorder{}
	run(t, testOptions(store), func(t *testing.T, in *Ingester, stop func()) {
		for i, r := range in.SubmitAll(items(n)) {
			if r.Err != nil || !r.Counted {
				t.Fatalf("item %d: %v, %v, want it counted", i, r.Receipt, r.Err)
			}
		}
		stop()
		if len(store.reports) != n {
			t.Fatalf("%d reports counted, want %d", len(store.reports), n)
		}
		for i, item := range items(n) {
			if want := todayKey.Reporter("whatsapp", item.Addr, ""); store.reports[i].Reporter != want {
				t.Fatalf("report %d is not in the order of the items", i)
			}
		}
	})
}
