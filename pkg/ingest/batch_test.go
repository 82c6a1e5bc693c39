package ingest

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/uuid"

	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

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
		if s := in.Stats(); s.Batches != 2 || s.Submissions.Of(OutcomeCounted) != n || s.Waiting != 0 {
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
	if s := in.Stats(); s.Submissions.Of(OutcomeCounted) != senders*each/2 || s.Submissions.Of(OutcomeRepeat) != senders*each/2 {
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
		if got := outcomesOf(in, OutcomeRefused); got != 4 {
			t.Errorf("%d submissions refused, want 4", got)
		}
		close(store.open)
		wg.Wait()
		if got := len(store.reports); got != MaxBatch+1 {
			t.Errorf("%d reports counted, want %d", got, MaxBatch+1)
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
				if s := in.Stats(); s.Submissions.Of(OutcomeFailed) != 1 || s.Submissions.Of(OutcomeCounted) != 1 {
					t.Errorf("stats %+v, want 1 failed and 1 counted", s)
				}
			})
			if !strings.Contains(log.String(), "level=ERROR") || !strings.Contains(log.String(), "stack=") {
				t.Errorf("the log has no error with a stack:\n%s", &log)
			}
		})
	}
}

// outcomesOf returns the submissions of an Ingester with an outcome.
func outcomesOf(in *Ingester, o Outcome) int64 {
	s := in.Stats().Submissions
	return s.Of(o)
}
