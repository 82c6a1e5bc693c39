package ingest

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

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
			Reporter: todayKey.Reporter("whatsapp", phone.Addr, ""), Network: todayKey.Network(phone.Addr)}}
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

func TestManySubmissionsAreCountedTogether(t *testing.T) {
	const n = 1000
	store := &gate{}
	run(t, testOptions(store), func(t *testing.T, in *Ingester, _ func()) {
		var wg sync.WaitGroup
		submit := func() {
			if r, err := in.Submit(down, phone); err != nil || !r.Counted {
				t.Errorf("Submit() = %v, %v, want it counted", r, err)
			}
		}
		wg.Go(submit)
		synctest.Wait() // the first one is being counted
		for range n - 1 {
			wg.Go(submit)
		}
		synctest.Wait() // and the others wait
		if got := in.Stats().Waiting; got != n-1 {
			t.Errorf("%d reports wait, want %d", got, n-1)
		}
		store.open <- struct{}{}
		store.open <- struct{}{}
		wg.Wait()
		if store.calls != 2 || len(store.reports) != n {
			t.Errorf("%d reports counted in %d calls, want %d in 2", len(store.reports), store.calls, n)
		}
		ids := map[uuid.UUID]bool{}
		for _, r := range store.reports {
			ids[r.ID] = true
		}
		if len(ids) != n {
			t.Errorf("%d distinct reports counted, want %d", len(ids), n)
		}
		if s := in.Stats(); s.Batches != 2 || s.Counted != n || s.Waiting != 0 {
			t.Errorf("stats %+v, want 2 batches with %d counted and none waiting", s, n)
		}
	})
}

func TestConcurrentSubmissionsGetTheirOwnAnswer(t *testing.T) {
	const senders, each = 32, 200
	store := storeFunc(func(reports []report.Report) []window.Outcome {
		outcomes := make([]window.Outcome, len(reports))
		for i, r := range reports {
			outcomes[i].Status = window.Counted
			if r.Symptom == "login" {
				outcomes[i].Status = window.Repeat
			}
		}
		return outcomes
	})
	in := New(testOptions(store))
	ctx, stop := context.WithCancel(t.Context())
	var loop, wg sync.WaitGroup
	loop.Go(func() { in.Run(ctx) })
	for n := range senders {
		s := down
		if n%2 == 1 {
			s.Symptom = "login"
		}
		wg.Go(func() {
			for range each {
				r, err := in.Submit(s, phone)
				if err != nil || r.Counted != (s.Symptom == "connection") {
					t.Errorf("%s: receipt %v, error %v", s.Symptom, r, err)
				}
			}
		})
	}
	wg.Wait()
	stop()
	loop.Wait()
	if s := in.Stats(); s.Counted != senders*each/2 || s.Repeats != senders*each/2 {
		t.Errorf("stats %+v, want %d counted and as many repeats", s, senders*each/2)
	}
}

func TestAFullQueueRefusesAtOnce(t *testing.T) {
	store := &gate{}
	run(t, testOptions(store), func(t *testing.T, in *Ingester, _ func()) {
		var wg sync.WaitGroup
		wg.Go(func() { in.Submit(down, phone) })
		synctest.Wait() // the store is busy from now on
		wg.Go(func() {
			for i, r := range in.SubmitAll(items(MaxBatch)) {
				if r.Err != nil || !r.Counted {
					t.Errorf("item %d: %v, %v, want it counted", i, r.Receipt, r.Err)
				}
			}
		})
		synctest.Wait()
		// The bubble has no timer: waiting here would be a deadlock.
		_, err := in.Submit(down, phone)
		wantRetry(t, err)
		for _, r := range in.SubmitAll(items(3)) {
			wantRetry(t, r.Err)
		}
		if got := in.Stats().Refused; got != 4 {
			t.Errorf("%d submissions refused, want 4", got)
		}
		close(store.open)
		wg.Wait()
		if got := len(store.reports); got != MaxBatch+1 {
			t.Errorf("%d reports counted, want %d", got, MaxBatch+1)
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
		if s := in.Stats(); s.Visits != maxWaitingVisits+1 || s.Counted != 1 {
			t.Errorf("stats %+v, want %d visits and 1 report", s, maxWaitingVisits+1)
		}
		stop()
		in.Visit("whatsapp", phone.Addr)
		if got := in.Stats().VisitsDropped; got != 6 {
			t.Errorf("after Run %d visits dropped, want 6", got)
		}
	})
}

func TestAcceptedReportsAreCountedAtShutdown(t *testing.T) {
	store := &gate{}
	run(t, testOptions(store), func(t *testing.T, in *Ingester, stop func()) {
		var wg sync.WaitGroup
		submit := func() {
			if r, err := in.Submit(down, phone); err != nil || !r.Counted {
				t.Errorf("Submit() before the end = %v, %v, want it counted", r, err)
			}
		}
		wg.Go(submit)
		synctest.Wait()
		for range 9 {
			wg.Go(submit)
		}
		synctest.Wait()
		wg.Go(stop)
		synctest.Wait() // the context of Run has ended, and the store is still busy
		close(store.open)
		wg.Wait()
		if len(store.reports) != 10 {
			t.Errorf("%d reports counted, want 10", len(store.reports))
		}
		_, err := in.Submit(down, phone)
		wantRetry(t, err)
		for _, r := range in.SubmitAll(items(2)) {
			wantRetry(t, r.Err)
		}
	})
}

func TestSubmissionsBeforeRunWait(t *testing.T) {
	// Run may see first that it has work or that it has to end: both often happen
	// in so many rounds.
	for range 32 {
		synctest.Test(t, func(t *testing.T) {
			in := New(testOptions(&recorder{}))
			var wg sync.WaitGroup
			wg.Go(func() {
				if r, err := in.Submit(down, phone); err != nil || !r.Counted {
					t.Errorf("Submit() before Run = %v, %v, want it counted", r, err)
				}
			})
			synctest.Wait()
			ended, cancel := context.WithCancel(t.Context())
			cancel()
			if err := in.Run(ended); err != nil {
				t.Errorf("Run() = %v, want nil", err)
			}
			if in.Stats().Waiting > 0 {
				t.Fatal("Run ended, and the submission still waits")
			}
			wg.Wait()
		})
	}
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
		if s := in.Stats(); s.Failed != 1 || s.Counted != 2 {
			t.Errorf("stats %+v, want 1 failed and 2 counted", s)
		}
	})
	if log.Len() > 0 {
		t.Errorf("the log repeats what the store logs:\n%s", &log)
	}
}

func TestAPanicFailsOneBatch(t *testing.T) {
	for name, spoil := range map[string]func([]report.Report) []window.Outcome{
		"a panic":          func([]report.Report) []window.Outcome { panic("index out of range") },
		"too few outcomes": func([]report.Report) []window.Outcome { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			calls := 0
			o := testOptions(storeFunc(func(reports []report.Report) []window.Outcome {
				if calls++; calls == 1 {
					return spoil(reports)
				}
				return all(window.Counted, len(reports))
			}))
			o.Log = slog.New(slog.NewTextHandler(&log, nil))
			run(t, o, func(t *testing.T, in *Ingester, stop func()) {
				_, err := in.Submit(down, phone)
				wantKind(t, err, fault.Internal)
				if r, err := in.Submit(down, phone); err != nil || !r.Counted {
					t.Errorf("after it: %v, %v, want it counted", r, err)
				}
				stop()
				if s := in.Stats(); s.Failed != 1 || s.Counted != 1 {
					t.Errorf("stats %+v, want 1 failed and 1 counted", s)
				}
			})
			if !strings.Contains(log.String(), "level=ERROR") || !strings.Contains(log.String(), "stack=") {
				t.Errorf("the log has no error with a stack:\n%s", &log)
			}
		})
	}
}

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

// allowance allows n submissions of each key.
type allowance struct {
	n    int
	used map[uint64]int
}

func (a *allowance) Allow(key uint64, _ time.Time) Decision {
	if a.used[key] == a.n {
		return Decision{Limit: a.n, RetryAfter: time.Second, Reset: time.Minute}
	}
	a.used[key]++
	return Decision{Allowed: true, Limit: a.n, Remaining: a.n - a.used[key], Reset: time.Minute}
}

func TestTheRateLimitIsForOneSenderOverAllServices(t *testing.T) {
	store := &recorder{}
	o := testOptions(store)
	o.Limiter = &allowance{n: 2, used: map[uint64]int{}}
	run(t, o, func(t *testing.T, in *Ingester, stop func()) {
		home := Sender{Addr: netip.MustParseAddr("2001:db8:1:2::1")}
		neighbour := Sender{Addr: netip.MustParseAddr("2001:db8:1:2::2")}
		next := Sender{Addr: netip.MustParseAddr("2001:db8:1:3::1")}

		r, err := in.Submit(down, home)
		if want := (Decision{Allowed: true, Limit: 2, Remaining: 1, Reset: time.Minute}); err != nil || r.Limit != want {
			t.Errorf("first: limit %v, error %v, want %v", r.Limit, err, want)
		}
		wrong := down
		wrong.Service = "telegram"
		wrong.Symptom = "sneezing"
		r, err = in.Submit(wrong, neighbour) // it counts for the household, over all services
		wantKind(t, err, fault.Invalid)
		if r.Limit.Remaining != 0 || r.Limit.Limit != 2 {
			t.Errorf("an invalid one: limit %v, want 0 of 2 left", r.Limit)
		}
		r, err = in.Submit(down, home)
		wantKind(t, err, fault.Limited)
		if e := new(fault.Error); !errors.As(err, &e) || e.RetryAfter != time.Second || r.Limit.RetryAfter != time.Second {
			t.Errorf("error %v with limit %v, want both with RetryAfter 1s", err, r.Limit)
		}
		if _, err := in.Submit(down, next); err != nil {
			t.Errorf("another household: %v", err)
		}

		exempt := home
		exempt.Exempt = true
		if r, err := in.Submit(down, exempt); err != nil || r.Limit != (Decision{}) {
			t.Errorf("an exempt sender: limit %v, error %v, want none", r.Limit, err)
		}

		results := in.SubmitAll([]Item{{down, Sender{Source: "key:1"}}, {down, Sender{Source: "key:1"}}, {down, Sender{Source: "key:1"}}, {down, Sender{Source: "key:2"}}})
		wantKind(t, results[2].Err, fault.Limited)
		for _, i := range []int{0, 1, 3} {
			if results[i].Err != nil {
				t.Errorf("item %d: %v", i, results[i].Err)
			}
		}
		stop()
		if got := in.Stats().Throttled; got != 2 {
			t.Errorf("%d submissions throttled, want 2", got)
		}
	})

	o.Limiter, o.Unlimited = &allowance{n: 0, used: map[uint64]int{}}, true
	run(t, o, func(t *testing.T, in *Ingester, _ func()) {
		if _, err := in.Submit(down, phone); err != nil {
			t.Errorf("without limits: %v", err)
		}
	})
}
