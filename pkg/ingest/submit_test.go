package ingest

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

func wantKind(t *testing.T, err error, want fault.Kind) {
	t.Helper()
	if err == nil || fault.KindOf(err) != want {
		t.Errorf("error %v is of kind %d, want kind %d", err, fault.KindOf(err), want)
	}
}

// wantRetry checks that err is Unavailable and says when to try again.
func wantRetry(t *testing.T, err error) {
	t.Helper()
	wantKind(t, err, fault.Unavailable)
	var e *fault.Error
	if errors.As(err, &e) && e.RetryAfter <= 0 {
		t.Errorf("%v does not say when to try again", err)
	}
}

func TestASubmissionBecomesAReport(t *testing.T) {
	store := &recorder{}
	run(t, testOptions(store), func(t *testing.T, in *Ingester, _ func()) {
		s := down
		s.ID = "0190b1a4-7a30-7cc1-b0d5-2f6a9d1c8e11"
		got, err := in.Submit(s, phone)
		if err != nil {
			t.Fatal(err)
		}
		want := Receipt{ID: uuid.MustParse(s.ID), Service: "whatsapp", Symptom: "connection", Country: "IN",
			Status: window.Counted, Counted: true, AsOf: noon}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("receipt (-want +got):\n%s", diff)
		}
		stored := []report.Report{{ID: want.ID, Service: "whatsapp", Symptom: "connection", Country: "IN", Minute: noon, Received: noon,
			Reporter: todayKey.Reporter("whatsapp", phone.Addr, ""), Network: todayKey.Network("whatsapp", phone.Addr), Devices: window.MaxDevices}}
		if diff := cmp.Diff(stored, store.reports); diff != "" {
			t.Errorf("reports counted (-want +got):\n%s", diff)
		}
	})
}

func TestAReceiptHoldsTheOutcome(t *testing.T) {
	for _, c := range []struct {
		outcome window.Outcome
		counted bool
	}{
		{window.Outcome{Status: window.Counted}, true},
		{window.Outcome{Status: window.Counted, Resent: true}, true},
		{window.Outcome{Status: window.Repeat}, false},
		{window.Outcome{Status: window.Repeat, Resent: true}, false},
		{window.Outcome{Status: window.Limited}, false},
	} {
		store := storeFunc(func([]report.Report) []window.Outcome { return []window.Outcome{c.outcome} })
		run(t, testOptions(store), func(t *testing.T, in *Ingester, _ func()) {
			got, err := in.Submit(down, phone)
			if err != nil || got.Status != c.outcome.Status || got.Resent != c.outcome.Resent || got.Counted != c.counted {
				t.Errorf("outcome %v: receipt %v, error %v", c.outcome, got, err)
			}
		})
	}
}

func TestTheReceiptOfAResendDescribesTheFirstSubmission(t *testing.T) {
	first := window.Outcome{Status: window.Counted, Resent: true, Kind: report.Recovery, Cell: window.Cell{Country: "BD", Symptom: "login"}}
	store := storeFunc(func([]report.Report) []window.Outcome { return []window.Outcome{first} })
	run(t, testOptions(store), func(t *testing.T, in *Ingester, _ func()) {
		got, err := in.Submit(down, phone)
		if err != nil || got.Kind != first.Kind || got.Country != first.Country || got.Symptom != first.Symptom {
			t.Errorf("receipt %+v, error %v, want kind, country and symptom of %+v", got, err, first)
		}
	})
}

func TestVisitsAreCountedWhileThereIsRoom(t *testing.T) {
	store := &gate{}
	run(t, testOptions(store), func(t *testing.T, in *Ingester, stop func()) {
		in.Visit("nowhere", phone.Addr) // no such service
		in.Visit("whatsapp", phone.Addr)
		synctest.Wait() // the store is busy with it
		for range maxWaitingVisits + 5 {
			in.Visit("whatsapp", phone.Addr)
		}
		if got := in.Stats().VisitsDropped; got != 5 {
			t.Errorf("%d visits dropped, want 5", got)
		}
		var wg sync.WaitGroup
		wg.Go(func() {
			if r, err := in.Submit(down, phone); err != nil || !r.Counted {
				t.Errorf("a report behind many visits: %v, %v, want it counted", r, err)
			}
		})
		synctest.Wait()
		close(store.open)
		wg.Wait()
		want := report.Report{Service: "whatsapp", Kind: report.Visit, Country: "IN", Minute: noon, Received: noon}
		if diff := cmp.Diff(want, store.reports[0]); diff != "" {
			t.Errorf("visit counted (-want +got):\n%s", diff)
		}
		if s := in.Stats(); s.Visits != maxWaitingVisits+1 || s.Submissions.Of(OutcomeCounted) != 1 {
			t.Errorf("stats %+v, want %d visits and 1 report", s, maxWaitingVisits+1)
		}
		stop()
		in.Visit("whatsapp", phone.Addr)
		if got := in.Stats().VisitsDropped; got != 6 {
			t.Errorf("after Run %d visits dropped, want 6", got)
		}
	})
}

func TestAFailureOfTheStoreFailsItsReportOnly(t *testing.T) {
	storeErr := errors.New("disk I/O error")
	var log bytes.Buffer
	store := storeFunc(func(reports []report.Report) []window.Outcome {
		outcomes := all(window.Counted, len(reports))
		outcomes[1] = window.Outcome{Err: storeErr}
		return outcomes
	})
	o := testOptions(store)
	o.Log = slog.New(slog.NewTextHandler(&log, nil))
	run(t, o, func(t *testing.T, in *Ingester, stop func()) {
		results := in.SubmitAll(items(3))
		for i, r := range results {
			if i == 1 {
				wantRetry(t, r.Err)
				if !errors.Is(r.Err, storeErr) {
					t.Errorf("error %v, want its cause to be %v", r.Err, storeErr)
				}
				if e := new(fault.Error); errors.As(r.Err, &e) && strings.Contains(e.Msg, "disk") {
					t.Errorf("the client gets the message %q, which is the store's own", e.Msg)
				}
			} else if r.Err != nil || !r.Counted {
				t.Errorf("item %d beside a failed one: %v, %v, want it counted", i, r.Receipt, r.Err)
			}
		}
		stop()
		if s := in.Stats(); s.Submissions.Of(OutcomeFailed) != 1 || s.Submissions.Of(OutcomeCounted) != 2 {
			t.Errorf("stats %+v, want 1 failed and 2 counted", s)
		}
	})
	if log.Len() > 0 {
		t.Errorf("the log repeats what the store logs:\n%s", &log)
	}
}

func TestWithoutADayKeySubmissionsAreRefused(t *testing.T) {
	store := &recorder{}
	o := testOptions(store)
	o.Keys = keys{err: errors.New("read-only file system")}
	run(t, o, func(t *testing.T, in *Ingester, stop func()) {
		_, err := in.Submit(down, phone)
		wantRetry(t, err)
		stop()
		if store.calls != 0 {
			t.Errorf("the store was called %d times; want none", store.calls)
		}
	})
}
