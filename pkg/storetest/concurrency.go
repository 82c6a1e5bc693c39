package storetest

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

func testConcurrency(t *testing.T, open func(*testing.T) window.Store) {
	t.Run("an ID that is sent a thousand times at once counts once", func(t *testing.T) {
		s := open(t)
		const senders, each = 20, 50
		var first, resent, other atomic.Int64
		atOnce(senders, func(int) {
			for range each {
				switch o := s.Count(t.Context(), []report.Report{problem(1, noon)})[0]; o {
				case counted:
					first.Add(1)
				case resentCounted:
					resent.Add(1)
				default:
					other.Add(1)
				}
			}
		})
		if first.Load() != 1 || resent.Load() != senders*each-1 {
			t.Errorf("counted %d, resent %d, other %d times; want 1, %d, 0", first.Load(), resent.Load(), other.Load(), senders*each-1)
		}
		wantProblems(t, s, "acme", noon, noon.Add(time.Minute), 1)
	})
	t.Run("a reporter who reports a thousand times at once counts once", func(t *testing.T) {
		s := open(t)
		const senders, each = 20, 50
		var first, again atomic.Int64
		atOnce(senders, func(sender int) {
			for i := range each {
				r := with(problem(1+sender*each+i, noon), func(r *report.Report) { r.Reporter = reporter(1) })
				switch o := s.Count(t.Context(), []report.Report{r})[0]; o {
				case counted:
					first.Add(1)
				case repeat:
					again.Add(1)
				}
			}
		})
		if first.Load() != 1 || again.Load() != senders*each-1 {
			t.Errorf("counted %d, repeat %d times; want 1, %d", first.Load(), again.Load(), senders*each-1)
		}
		wantProblems(t, s, "acme", noon, noon.Add(time.Minute), 1)
	})
	t.Run("all reports of many callers count, and readers see totals that never fall", func(t *testing.T) {
		s := open(t)
		const senders, batches, size = 8, 10, 40
		done := make(chan struct{})
		var readers sync.WaitGroup
		for range 2 {
			readers.Go(func() { readWhile(t, s, done) })
		}
		var uncounted atomic.Int64
		atOnce(senders, func(sender int) {
			for b := range batches {
				batch := make([]report.Report, size)
				for i := range batch {
					batch[i] = problem(1+(sender*batches+b)*size+i, noon.Add(time.Duration(i%3)*time.Minute))
				}
				for _, o := range s.Count(t.Context(), batch) {
					if o != counted {
						uncounted.Add(1)
					}
				}
			}
		})
		close(done)
		readers.Wait()
		if n := uncounted.Load(); n > 0 {
			t.Errorf("%d reports were not counted, want none", n)
		}
		wantProblems(t, s, "acme", noon, noon.Add(3*time.Minute), senders*batches*size)
		got := networks(t, s, "acme", noon.Add(2*time.Minute)).World
		if got.Networks != senders*batches*size || got.Reports != senders*batches*size {
			t.Errorf("sources = %+v, want %d networks and reports", got, senders*batches*size)
		}
	})
}

// readWhile reads until done is closed, and fails if a total falls.
func readWhile(t *testing.T, s window.Store, done <-chan struct{}) {
	var last int64
	for {
		select {
		case <-done:
			return
		default:
		}
		b, err := s.Buckets(t.Context(), "acme", noon, noon.Add(3*time.Minute))
		if err != nil {
			t.Errorf("Buckets while Count runs: %v", err)
			return
		}
		var total int64
		for _, b := range b {
			for _, c := range b.Problems {
				total += c.N
			}
		}
		if total < last {
			t.Errorf("problems fell from %d to %d while Count ran", last, total)
			return
		}
		last = total
		if _, err := s.Networks(t.Context(), "acme", noon, networksSpan); err != nil {
			t.Errorf("Networks while Count runs: %v", err)
			return
		}
		if err := s.Beat(t.Context(), noon); err != nil {
			t.Errorf("Beat while Count runs: %v", err)
			return
		}
	}
}

// atOnce runs f n times at the same time and waits for all.
func atOnce(n int, f func(i int)) {
	var all sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		all.Go(func() {
			<-start
			f(i)
		})
	}
	close(start)
	all.Wait()
}
