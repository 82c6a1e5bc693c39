package journal_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"

	"github.com/outcry/outcry/internal/pgtest"
	"github.com/outcry/outcry/internal/redistest"
	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/journal"
	"github.com/outcry/outcry/pkg/redisstore"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

const services = 100 // more than there are partitions

func serviceOf(n int) string { return fmt.Sprintf("service-%d", n%services) }

// problems returns n reports of as many people, over the hours up to now.
func problems(n int, now time.Time) []report.Report {
	all := make([]report.Report, n)
	for i := range all {
		at := now.Add(-time.Duration(i%20) * 15 * time.Minute)
		all[i] = report.Report{
			ID: uuid.New(), Service: serviceOf(i), Symptom: "login", Country: []string{"IN", "BD"}[i%2],
			Minute: window.Start(at), Received: at.UTC().Truncate(time.Millisecond),
			Reporter: report.Reporter{Address: uint64(i) << 32, Device: uint64(i)<<32 + 1}, Network: report.Network(i),
		}
	}
	return all
}

// buckets returns all buckets of the services.
func buckets(t *testing.T, s *redisstore.Store, now time.Time) map[string][]window.Bucket {
	t.Helper()
	all := map[string][]window.Bucket{}
	for n := range services {
		read, err := s.Buckets(t.Context(), serviceOf(n), now.Add(-window.Retention), now.Add(window.Width))
		if err != nil {
			t.Fatal(err)
		}
		all[serviceOf(n)] = read
	}
	return all
}

// count counts reports and asserts their outcomes.
func count(t *testing.T, s *redisstore.Store, reports []report.Report, want window.Outcome) {
	t.Helper()
	for i, o := range s.Count(t.Context(), reports) {
		if o.Status != want.Status || o.Resent != want.Resent {
			t.Fatalf("report %d: %+v, want %+v", i, o, want)
		}
	}
}

// run runs all parts until the returned function is called.
func run(t *testing.T, parts ...func(context.Context) error) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for _, part := range parts {
		wg.Go(func() {
			if err := part(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	return func() { cancel(); wg.Wait() }
}

// until waits for a condition.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	deadline := time.After(30 * time.Second)
	for !holds() {
		select {
		case <-ticker.C:
		case <-deadline:
			t.Fatalf("waited 30 s for %s", what)
		}
	}
}

func TestCountedReportsAreArchivedAndComeBackAfterALoss(t *testing.T) {
	redistest.OnEach(t, func(t *testing.T, connect redistest.Connect) {
		const n = 5_000
		conn := connect(t)
		store, source := redisstore.New(conn, redisstore.Options{}), redisstore.NewJournal(conn)
		shared, err := archive.OpenPostgres(t.Context(), pgtest.Database(t), archive.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer shared.Close()
		log := slog.New(slog.DiscardHandler)
		var all []int
		for p := range window.Partitions {
			all = append(all, p)
		}
		restorer := journal.NewRestorer(store, shared, func() []int { return all }, log)
		archivers := []*journal.Archiver{
			journal.NewArchiver(source, shared, restorer, log),
			journal.NewArchiver(redisstore.NewJournal(conn), shared, restorer, log), // another process
		}
		now := time.Now()
		reports := problems(n, now)
		stop := run(t, archivers[0].Run, archivers[1].Run, restorer.Run)
		for begin := 0; begin < n; begin += 250 {
			count(t, store, reports[begin:begin+250], window.Outcome{Status: window.Counted})
		}
		if err := store.Beat(t.Context(), now); err != nil {
			t.Fatal(err)
		}
		archived := func() (n int64) {
			if err := shared.Reader().Raw(`SELECT COUNT(*) FROM reports`).Scan(&n).Error; err != nil {
				t.Fatal(err)
			}
			return n
		}
		drained := func() {
			t.Helper()
			until(t, "the journal to be empty", func() bool {
				b, err := source.Backlog(t.Context())
				return err == nil && b.Entries == 0
			})
		}
		drained()
		if got := archived(); got != n {
			t.Fatalf("%d reports are archived, want %d", got, n)
		}
		if got := archivers[0].Stats().Reports + archivers[1].Stats().Reports; got != n {
			t.Errorf("two archivers archived %d reports, want %d", got, n)
		}

		before := buckets(t, store, now)
		redistest.DeleteKeys(t, conn)
		if err := store.Beat(t.Context(), now); err != nil { // an epoch begins
			t.Fatal(err)
		}
		until(t, "the windows to come back", func() bool {
			for _, p := range all {
				if e, err := store.Epoch(t.Context(), p); err != nil || !e.Restored {
					return false
				}
			}
			return true
		})
		anyOrder := cmpopts.SortSlices(func(a, b window.Count) bool { return a.Country < b.Country })
		if diff := cmp.Diff(before, buckets(t, store, now), anyOrder); diff != "" {
			t.Errorf("the windows after a loss (-before +after):\n%.2000s", diff)
		}

		// A resend gets the first answer, and a reporter still counts once.
		count(t, store, reports[:1], window.Outcome{Status: window.Counted, Resent: true})
		again := reports[0]
		again.ID = uuid.New()
		count(t, store, []report.Report{again}, window.Outcome{Status: window.Repeat})
		drained()
		stop()
		if got := archived(); got != n {
			t.Errorf("after resends %d reports are archived, want %d", got, n)
		}
	})
}
