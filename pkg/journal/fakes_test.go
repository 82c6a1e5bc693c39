package journal

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/outcry/outcry/pkg/report"
)

var errUnavailable = errors.New("unavailable")

// fakeSource hands out entries as a consumer group does: each once, and again
// when it is claimed.
type fakeSource struct {
	mu          sync.Mutex
	unavailable bool
	waiting     []Entry
	// unreachable partitions hand out and acknowledge nothing.
	unreachable  map[int]bool
	handed       map[string]handed
	acknowledged map[string]bool
	maxLimit     int // the largest limit of Next
	onDone       func([]Entry)
}

type handed struct {
	entry Entry
	at    time.Time
}

func newFakeSource() *fakeSource {
	return &fakeSource{handed: map[string]handed{}, acknowledged: map[string]bool{}}
}

func (s *fakeSource) add(entries ...Entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting = append(s.waiting, entries...)
}

func (s *fakeSource) Next(_ context.Context, partitions []int, limit int) ([]Entry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.unavailable {
		return nil, errUnavailable
	}
	s.maxLimit = max(s.maxLimit, limit)
	var taken, rest []Entry
	counts := map[int]int{}
	for _, e := range s.waiting {
		if !slices.Contains(partitions, e.Partition) || s.unreachable[e.Partition] || counts[e.Partition] == limit {
			rest = append(rest, e)
			continue
		}
		counts[e.Partition]++
		taken = append(taken, e)
		s.handed[e.ID] = handed{e, time.Now()}
	}
	s.waiting = rest
	return taken, nil
}

func (s *fakeSource) Claim(_ context.Context, _ []int, idle time.Duration, limit int) ([]Entry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.unavailable {
		return nil, errUnavailable
	}
	var claimed []Entry
	for id, h := range s.handed {
		if len(claimed) < limit && time.Since(h.at) >= idle {
			claimed = append(claimed, h.entry)
			s.handed[id] = handed{h.entry, time.Now()}
		}
	}
	return claimed, nil
}

func (s *fakeSource) Done(_ context.Context, entries []Entry) (left []Entry, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.unavailable {
		return entries, errUnavailable
	}
	if s.onDone != nil {
		s.onDone(entries)
	}
	for _, e := range entries {
		if s.unreachable[e.Partition] {
			left, err = append(left, e), errUnavailable
			continue
		}
		delete(s.handed, e.ID)
		s.acknowledged[e.ID] = true
	}
	return left, err
}

func (s *fakeSource) Backlog(context.Context) (Backlog, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.unavailable || len(s.unreachable) > 0 {
		return Backlog{}, errUnavailable
	}
	return Backlog{Entries: int64(len(s.waiting) + len(s.handed))}, nil
}

func (s *fakeSource) setUnavailable(unavailable bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unavailable = unavailable
}

// acknowledgedCount returns how many entries were acknowledged.
func (s *fakeSource) acknowledgedCount() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.acknowledged)
}

// fakeArchive has reports by their ID, as the real one does, and returns the given
// reports, buckets and minutes as lost.
type fakeArchive struct {
	mu          sync.Mutex
	unavailable bool
	tries       int
	hangs       bool
	maxReports  int                 // most reports in one transaction of more than one entry
	reports     map[uuid.UUID]int64 // the epoch of each
	lost        []report.Report
	buckets     []ServiceBucket
	known       []time.Time
}

func newFakeArchive() *fakeArchive { return &fakeArchive{reports: map[uuid.UUID]int64{}} }

func (a *fakeArchive) AddEntries(ctx context.Context, entries []Entry) error {
	a.mu.Lock()
	hangs := a.hangs
	a.tries++
	a.mu.Unlock()
	if hangs {
		<-ctx.Done()
		return ctx.Err()
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.unavailable {
		return errUnavailable
	}
	n := 0
	for _, e := range entries {
		for _, r := range e.Reports {
			n++
			if _, ok := a.reports[r.ID]; !ok {
				a.reports[r.ID] = e.Epoch
			}
		}
	}
	if len(entries) > 1 {
		a.maxReports = max(a.maxReports, n)
	}
	return nil
}

func (a *fakeArchive) LostReports(_ context.Context, _ Epoch, _ time.Time, each func([]report.Report) error) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.unavailable {
		return errUnavailable
	}
	return each(a.lost)
}

func (a *fakeArchive) LostBuckets(_ context.Context, _ Epoch, _, _ time.Time, each func([]ServiceBucket) error) error {
	return each(a.buckets)
}

func (a *fakeArchive) KnownMinutes(context.Context, int, time.Time) ([]time.Time, error) {
	return a.known, nil
}

func (a *fakeArchive) setUnavailable(unavailable bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.unavailable = unavailable
}

func (a *fakeArchive) setHangs(hangs bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.hangs = hangs
}

func (a *fakeArchive) has(id uuid.UUID) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	_, ok := a.reports[id]
	return ok
}

func (a *fakeArchive) count() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.reports)
}

// fakeWindows records what it is asked to restore.
type fakeWindows struct {
	mu     sync.Mutex
	epochs map[int]Epoch
	calls  []string
	none   bool // no partition has an epoch
	// lose begins another epoch in the middle of the next call.
	lose bool
}

func newFakeWindows() *fakeWindows { return &fakeWindows{epochs: map[int]Epoch{}} }

func (w *fakeWindows) begin(e Epoch) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.epochs[e.Partition] = e
}

func (w *fakeWindows) Epoch(_ context.Context, partition int) (Epoch, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	e, ok := w.epochs[partition]
	if w.none {
		return Epoch{}, ErrNoEpoch
	}
	if !ok {
		return Epoch{Partition: partition, Number: 1, Began: time.Now(), Restored: true}, nil
	}
	return e, nil
}

// call records a call, or returns ErrEpoch if the epoch is over.
func (w *fakeWindows) call(e Epoch, what string, n int) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.lose {
		w.lose = false
		next := w.epochs[e.Partition]
		next.Number++
		w.epochs[e.Partition] = next
	}
	if present, ok := w.epochs[e.Partition]; ok && present.Number != e.Number {
		return ErrEpoch
	}
	w.calls = append(w.calls, fmt.Sprintf("%s %d of epoch %d", what, n, e.Number))
	return nil
}

func (w *fakeWindows) RestoreReports(_ context.Context, e Epoch, reports []report.Report) error {
	return w.call(e, "reports", len(reports))
}

func (w *fakeWindows) RestoreBuckets(_ context.Context, e Epoch, buckets []ServiceBucket) error {
	return w.call(e, "buckets", len(buckets))
}

func (w *fakeWindows) RestoreKnown(_ context.Context, e Epoch, minutes []time.Time) error {
	return w.call(e, "minutes", len(minutes))
}

func (w *fakeWindows) Restored(_ context.Context, e Epoch) error {
	if err := w.call(e, "restored", e.Partition); err != nil {
		return err
	}
	e.Restored = true
	w.begin(e)
	return nil
}

func (w *fakeWindows) allCalls() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.calls)
}
