package redisstore

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/outcry/outcry/internal/redistest"
	"github.com/outcry/outcry/pkg/journal"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// view is what can be read of a service.
type view struct {
	Buckets  []window.Bucket
	Networks window.NetworkCounts
	Active   []string
}

func look(t *testing.T, s *Store, service string, at time.Time) view {
	t.Helper()
	var v view
	var err error
	if v.Buckets, err = s.Buckets(t.Context(), service, at.Add(-5*time.Hour), at.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if v.Networks, err = s.Networks(t.Context(), service, at, window.SliceRetention); err != nil {
		t.Fatal(err)
	}
	if v.Active, err = s.Active(t.Context(), at.Add(-5*time.Hour)); err != nil {
		t.Fatal(err)
	}
	return v
}

// restoreAll restores what an archive has, as journal.Restorer does.
func restoreAll(t *testing.T, s *Store, archived []journal.Entry) {
	t.Helper()
	for _, p := range allPartitions {
		e, err := s.Epoch(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		var late []report.Report
		var early []journal.ServiceBucket
		var known []time.Time
		for _, entry := range archived {
			if entry.Partition != p || entry.Epoch == e.Number {
				continue
			}
			known = append(known, entry.Known...)
			for _, r := range entry.Reports {
				if !r.Received.Before(e.ReportsFrom()) {
					late = append(late, r)
					continue
				}
				// These have a minute each.
				early = append(early, journal.ServiceBucket{Service: r.Service, Bucket: window.Bucket{Start: r.Minute,
					Problems: []window.Count{{Cell: window.Cell{Country: r.Country, Symptom: r.Symptom}, N: 1}}}})
			}
		}
		if err := errors.Join(s.RestoreReports(t.Context(), e, late), s.RestoreBuckets(t.Context(), e, early), s.RestoreKnown(t.Context(), e, known)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestWindowsComeBackFromTheArchive(t *testing.T) {
	redistest.OnEach(t, func(t *testing.T, connect redistest.Connect) {
		c := connect(t)
		s, j := New(c, Options{}), NewJournal(c)
		for n := range uint64(200) { // over four hours
			count(t, s, window.Counted, problem(n+1, "acme", noon.Add(-time.Duration(n)*72*time.Second)))
		}
		count(t, s, window.Counted, problem(1001, "umbrella", noon))
		archived := next(t, j, 1000)
		before, umbrella := look(t, s, "acme", noon), look(t, s, "umbrella", noon)
		old, err := s.Epoch(t.Context(), window.PartitionOf("acme"))
		if err != nil {
			t.Fatal(err)
		}

		redistest.DeleteKeys(t, c)
		if e, err := s.Epoch(t.Context(), old.Partition); err == nil {
			t.Errorf("with nothing counted after the loss there is an epoch %+v", e)
		}
		s = New(c, Options{})
		if err := s.Beat(t.Context(), noon); err != nil {
			t.Fatal(err)
		}
		e, err := s.Epoch(t.Context(), old.Partition)
		if err != nil || e.Number == old.Number || e.Restored || !e.Began.Equal(noon) {
			t.Errorf("epoch after the loss = %+v, %v; before it was %+v", e, err, old)
		}
		// A phone that heard no answer sends its report again, before it is back.
		count(t, s, window.Counted, problem(1, "acme", noon))
		for range 3 {
			restoreAll(t, s, archived)
		}
		inOrder := cmp.Options{
			cmpopts.IgnoreUnexported(window.NetworkCounts{}),
			cmpopts.SortSlices(func(a, b window.Count) bool { return a.Symptom < b.Symptom }),
			cmpopts.SortSlices(func(a, b window.Arrival) bool { return a.Network < b.Network }),
		}
		for service, want := range map[string]view{"acme": before, "umbrella": umbrella} {
			if diff := cmp.Diff(want, look(t, s, service, noon), cmpopts.EquateEmpty(), inOrder, cmpopts.EquateApprox(0, 1e-9)); diff != "" {
				t.Errorf("%s (-before the loss +restored):\n%s", service, diff)
			}
		}
		resent := s.Count(t.Context(), []report.Report{problem(2, "acme", noon)})[0]
		if want := (window.Outcome{Status: window.Counted, Resent: true, Cell: window.Cell{Country: "IN", Symptom: "login"}}); resent != want {
			t.Errorf("a resend after the loss: %+v, want %+v", resent, want)
		}
		person := problem(2000, "acme", noon)
		person.Reporter = problem(3, "acme", noon).Reporter
		count(t, s, window.Repeat, person)
		if waiting := reportsIn(next(t, j, 100)); len(waiting) != 1 {
			t.Errorf("what was restored is in the journal again: %+v", waiting)
		}

		if err := s.Restored(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		if e, err := s.Epoch(t.Context(), e.Partition); err != nil || !e.Restored {
			t.Errorf("Epoch() = %+v, %v; want it restored", e, err)
		}
	})
}

func TestNothingIsRestoredIntoAnotherEpoch(t *testing.T) {
	redistest.OnEach(t, func(t *testing.T, connect redistest.Connect) {
		c := connect(t)
		s := New(c, Options{})
		count(t, s, window.Counted, problem(1, "acme", noon))
		over, err := s.Epoch(t.Context(), window.PartitionOf("acme"))
		if err != nil {
			t.Fatal(err)
		}
		redistest.DeleteKeys(t, c)
		count(t, s, window.Counted, problem(2, "acme", noon))
		bucket := journal.ServiceBucket{Service: "acme", Bucket: window.Bucket{Start: noon,
			Problems: []window.Count{{Cell: window.Cell{Country: "IN", Symptom: "login"}, N: 5}}}}
		for what, err := range map[string]error{
			"RestoreReports": s.RestoreReports(t.Context(), over, []report.Report{problem(1, "acme", noon)}),
			"RestoreBuckets": s.RestoreBuckets(t.Context(), over, []journal.ServiceBucket{bucket}),
			"RestoreKnown":   s.RestoreKnown(t.Context(), over, []time.Time{noon.Add(-time.Hour)}),
			"Restored":       s.Restored(t.Context(), over),
		} {
			if !errors.Is(err, journal.ErrEpoch) {
				t.Errorf("%s of an epoch that is over: %v, want ErrEpoch", what, err)
			}
		}
		if b := look(t, s, "acme", noon).Buckets; b[len(b)-1].Problems[0].N != 1 {
			t.Errorf("problems = %+v, want only the one that was counted", b[len(b)-1].Problems)
		}
	})
}

// TestAReportIsRestoredOnceThoughItWasARepeatMeanwhile loses the windows, lets the
// person of a report send another one, and then the same one again.
func TestAReportIsRestoredOnceThoughItWasARepeatMeanwhile(t *testing.T) {
	redistest.OnEach(t, func(t *testing.T, connect redistest.Connect) {
		c := connect(t)
		s, j := New(c, Options{}), NewJournal(c)
		first := problem(1, "acme", noon)
		count(t, s, window.Counted, first)
		archived := next(t, j, 1000)
		redistest.DeleteKeys(t, c)

		s = New(c, Options{})
		other := problem(2, "acme", noon.Add(10*time.Second))
		other.Reporter = first.Reporter
		count(t, s, window.Counted, other)
		count(t, s, window.Repeat, first)
		e, err := s.Epoch(t.Context(), window.PartitionOf("acme"))
		if err != nil {
			t.Fatal(err)
		}
		for n := range 3 {
			if err := s.RestoreReports(t.Context(), e, reportsIn(archived)); err != nil {
				t.Fatal(err)
			}
			buckets, err := s.Buckets(t.Context(), "acme", noon, noon.Add(time.Minute))
			if err != nil {
				t.Fatal(err)
			}
			if got := buckets[0].Problems; len(got) != 1 || got[0].N != 2 {
				t.Errorf("restored %d times, the bucket is %+v; two reports are archived", n+1, got)
			}
		}
		again := s.Count(t.Context(), []report.Report{first})[0]
		if want := (window.Outcome{Status: window.Counted, Resent: true, Cell: window.Cell{Country: "IN", Symptom: "login"}}); again != want {
			t.Errorf("sent once more: %+v, want %+v", again, want)
		}
	})
}

// TestABucketIsNotSetBack restores what one process read before the archive got
// more, after another has restored all of it.
func TestABucketIsNotSetBack(t *testing.T) {
	redistest.OnEach(t, func(t *testing.T, connect redistest.Connect) {
		s := New(connect(t), Options{})
		if err := s.Beat(t.Context(), noon); err != nil {
			t.Fatal(err)
		}
		e, err := s.Epoch(t.Context(), window.PartitionOf("acme"))
		if err != nil {
			t.Fatal(err)
		}
		early := noon.Add(-5 * time.Hour)
		for _, n := range []int64{3, 300, 299} {
			err := s.RestoreBuckets(t.Context(), e, []journal.ServiceBucket{{Service: "acme", Bucket: window.Bucket{Start: early,
				Problems: []window.Count{{Cell: window.Cell{Country: "IN", Symptom: "login"}, N: n}, {Cell: window.Cell{Country: "BD"}, N: 1}}}}})
			if err != nil {
				t.Fatal(err)
			}
		}
		buckets, err := s.Buckets(t.Context(), "acme", early, early.Add(time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		var total int64
		for _, c := range buckets[0].Problems {
			total += c.N
		}
		if total != 301 {
			t.Errorf("the bucket has %d reports, want the 301 of the latest reading: %+v", total, buckets[0].Problems)
		}
	})
}
