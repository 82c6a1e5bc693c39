package redisstore

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"

	"github.com/outcry/outcry/internal/redistest"
	"github.com/outcry/outcry/pkg/journal"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// problem is report n of somebody new.
func problem(n uint64, service string, at time.Time) report.Report {
	var id uuid.UUID
	for i := range 8 {
		id[i], id[8+i] = byte(mix(n)>>(8*i)), byte(n>>(8*i))
	}
	return report.Report{ID: id, Service: service, Symptom: "login", Country: "IN", Minute: window.Start(at), Received: at,
		Reporter: report.Reporter{Address: mix(n), Device: mix(n + 1)}, Network: report.Network(n)}
}

// count counts reports and asserts their status.
func count(t *testing.T, s *Store, want window.Status, reports ...report.Report) {
	t.Helper()
	for i, o := range s.Count(t.Context(), reports) {
		if o.Status != want {
			t.Fatalf("report %d: %+v, want it %v", i, o, want)
		}
	}
}

// reportsIn returns the reports of entries, in order.
func reportsIn(entries []journal.Entry) (reports []report.Report) {
	for _, e := range entries {
		reports = append(reports, e.Reports...)
	}
	return reports
}

func next(t *testing.T, j *Journal, limit int) []journal.Entry {
	t.Helper()
	entries, err := j.Next(t.Context(), allPartitions, limit)
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

func wantBacklog(t *testing.T, j *Journal, want int64) {
	t.Helper()
	b, err := j.Backlog(t.Context())
	if err != nil || b.Entries != want || b.Oldest.IsZero() != (want == 0) {
		t.Errorf("Backlog() = %+v, %v; want %d entries", b, err, want)
	}
}

func TestJournalHandsOutWhatWasCounted(t *testing.T) {
	redistest.OnEach(t, func(t *testing.T, connect redistest.Connect) {
		c := connect(t)
		s, j, other := New(c, Options{}), NewJournal(c), NewJournal(c)
		if entries := next(t, j, 10); len(entries) != 0 {
			t.Errorf("an empty journal hands out %+v", entries)
		}
		one, two := problem(1, "acme", noon.Add(1234*time.Millisecond)), problem(2, "acme", noon)
		two.Kind, two.Symptom, two.Minute = report.Recovery, "", noon.Add(-3*time.Minute)
		again := one
		again.ID = problem(3, "acme", noon).ID
		visit := problem(4, "acme", noon)
		visit.Kind, visit.Symptom = report.Visit, ""
		outcomes := s.Count(t.Context(), []report.Report{one, again, visit, one, two})
		for i, want := range []window.Status{window.Counted, window.Repeat, window.Counted, window.Counted, window.Counted} {
			if outcomes[i].Status != want {
				t.Errorf("outcome %d = %+v, want %v", i, outcomes[i], want)
			}
		}
		entries := next(t, j, 10)
		if diff := cmp.Diff([]report.Report{one, two}, reportsIn(entries)); diff != "" {
			t.Errorf("reports in the journal (-counted +handed out):\n%s", diff)
		}
		minutes := 0
		for _, e := range entries {
			minutes += len(e.Known)
			if epoch, err := s.Epoch(t.Context(), e.Partition); err != nil || epoch.Number != e.Epoch || epoch.Restored {
				t.Errorf("Epoch(%d) = %+v, %v; its entries say %d", e.Partition, epoch, err, e.Epoch)
			}
			if len(e.Known) == 1 && !e.Known[0].Equal(noon) {
				t.Errorf("partition %d counted in %v, want %v", e.Partition, e.Known, noon)
			}
		}
		if minutes != window.Partitions {
			t.Errorf("%d minutes of partitions are known, want one of each", minutes)
		}
		if more := append(next(t, j, 10), next(t, other, 10)...); len(more) != 0 {
			t.Errorf("entries are handed out again: %+v", more)
		}
		wantBacklog(t, j, window.Partitions)

		// The process dies before it has archived anything.
		none, err := other.Claim(t.Context(), allPartitions, time.Hour, 10)
		if err != nil || len(none) != 0 {
			t.Errorf("Claim of what was handed out a moment ago = %+v, %v; want nothing", none, err)
		}
		claimed, err := other.Claim(t.Context(), allPartitions, 0, 10)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(entries, claimed); diff != "" {
			t.Errorf("claimed entries (-handed out +claimed):\n%s", diff)
		}
		for range 2 {
			if left, err := other.Done(t.Context(), claimed); err != nil || len(left) > 0 {
				t.Fatalf("Done leaves %d entries, error %v", len(left), err)
			}
		}
		wantBacklog(t, j, 0)
		if left, err := j.Claim(t.Context(), allPartitions, 0, 10); err != nil || len(left) != 0 {
			t.Errorf("Claim of what is archived = %+v, %v; want nothing", left, err)
		}

		// Redis is lost, and the journal begins anew.
		redistest.DeleteKeys(t, c)
		three := problem(5, "acme", noon)
		count(t, s, window.Counted, three)
		if diff := cmp.Diff([]report.Report{three}, reportsIn(next(t, j, 10))); diff != "" {
			t.Errorf("reports after the loss (-counted +handed out):\n%s", diff)
		}
	})
}

func TestLargeBatchesAreDividedAndKeepTheirOrder(t *testing.T) {
	redistest.OnEach(t, func(t *testing.T, connect redistest.Connect) {
		c := connect(t)
		s, j := New(c, Options{}), NewJournal(c)
		var batch []report.Report
		for n := range uint64(2*maxCall + 500) {
			batch = append(batch, problem(n+1, "acme", noon))
		}
		count(t, s, window.Counted, batch...)
		var handed []report.Report
		for entries := next(t, j, 1); len(entries) > 0; entries = next(t, j, 1) {
			handed = append(handed, reportsIn(entries)...)
		}
		if diff := cmp.Diff(batch, handed); diff != "" {
			t.Errorf("journal (-counted +handed out):\n%s", diff)
		}
	})
}

func TestRecordsThatAreCutOffAreErrors(t *testing.T) {
	r := problem(1, "acme", noon)
	whole := appendRecord(appendRecord(nil, &r), &r)
	for n := range len(whole) + 1 {
		for records := range 4 {
			statuses := strings.Repeat("\x01", records)
			reports, err := readRecords(whole[:n], statuses)
			if complete := n == records*len(whole)/2; (err == nil) != complete {
				t.Errorf("%d of %d bytes for %d records: %d reports, error %v", n, len(whole), records, len(reports), err)
			}
		}
	}
	if reports, err := readRecords(whole, "\x01\x00"); err != nil || len(reports) != 1 {
		t.Errorf("one of two was counted: %d reports, error %v", len(reports), err)
	}
}

// TestIdleConsumersAreForgotten keeps those that hold entries.
func TestIdleConsumersAreForgotten(t *testing.T) {
	redistest.OnEach(t, func(t *testing.T, connect redistest.Connect) {
		c := connect(t)
		holding, gone := NewJournal(c), NewJournal(c)
		if err := gone.Forget(t.Context(), 0); err != nil {
			t.Errorf("with nothing counted yet: %v", err)
		}
		s := New(c, Options{})
		count(t, s, window.Counted, problem(1, "acme", noon))
		if left, err := gone.Done(t.Context(), next(t, gone, 10)); err != nil || len(left) > 0 {
			t.Fatalf("%d entries are left, error %v", len(left), err)
		}
		count(t, s, window.Counted, problem(2, "acme", noon))
		if held := next(t, holding, 10); len(held) != 1 {
			t.Fatalf("%d entries are handed out, want one", len(held))
		}
		p := window.PartitionOf("acme")
		left := func() []redis.XInfoConsumer {
			all, err := c.Client.XInfoConsumers(t.Context(), c.Key(p, keyJournal), consumerGroup).Result()
			if err != nil {
				t.Fatal(err)
			}
			return all
		}
		if err := gone.Forget(t.Context(), time.Hour); err != nil || len(left()) != 2 {
			t.Errorf("before their time %d consumers are left, error %v; want both", len(left()), err)
		}
		if err := gone.Forget(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
		if all := left(); len(all) != 1 || all[0].Name != holding.consumer {
			t.Errorf("consumers %+v are left, want the one that holds an entry", all)
		}
		if again, err := gone.Claim(t.Context(), []int{p}, 0, 10); err != nil || len(again) == 0 {
			t.Errorf("a forgotten consumer claims %d entries, error %v", len(again), err)
		}
	})
}
