package ingest

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

const (
	// MaxBatch is how many reports are counted at once, and so how many may wait:
	// what 40,000 submissions a second bring in 0.2 s. Beyond it a submission is
	// refused at once.
	MaxBatch = 8192
	// maxVisits is the room of a batch that visits may use, so that a crowd of
	// readers does not turn away those who report.
	maxWaitingVisits = MaxBatch / 2
	// retryFull is when a refused client may try again: several batches later.
	retryAfterFull = 2 * time.Second
)

var (
	errFull = &fault.Error{Kind: fault.Unavailable, RetryAfter: retryAfterFull,
		Msg: "too many reports at once; send it again in a moment"}
	errClosed = &fault.Error{Kind: fault.Unavailable, RetryAfter: retryAfterFull,
		Msg: "this server is shutting down; send it again in a moment"}
)

// batch is a number of reports that are counted together. Those who wait for
// an answer hold the batch and an index; once done is closed it never changes.
type batch struct {
	reports  []report.Report
	done     chan struct{}    // closed when the fields below stand
	outcomes []window.Outcome // one per report, unless err is set
	asOf     time.Time        // when counting began
	err      error            // a fault of ours that spoiled the whole batch
}

// wait returns when b is counted.
func (b *batch) await() error {
	<-b.done
	return b.err
}

// queue holds the batch that fills while the one before it is counted.
type queue struct {
	wake   chan struct{} // holds a token when the batch may have become non-empty
	mu     sync.Mutex
	open   *batch
	closed bool
}

func newQueue() queue {
	return queue{wake: make(chan struct{}, 1), open: newBatch(0)}
}

func newBatch(size int) *batch {
	return &batch{reports: make([]report.Report, 0, size), done: make(chan struct{})}
}

// add puts as many of reports as there is room for into the open batch, which
// may hold up to bound. It returns the batch, the index of the first of them
// and how many they are, at least one; or errFull or errClosed.
func (q *queue) add(reports []report.Report, bound int) (b *batch, first, n int, err error) {
	q.mu.Lock()
	b = q.open
	first = len(b.reports)
	n = min(len(reports), bound-first)
	if n > 0 && !q.closed {
		b.reports = append(b.reports, reports[:n]...)
	} else if err = errFull; q.closed {
		err = errClosed
	}
	q.mu.Unlock()
	if err != nil {
		return nil, 0, 0, err
	}
	if first == 0 {
		select {
		case q.wake <- struct{}{}:
		default: // a token is already there
		}
	}
	return b, first, n, nil
}

// take returns the open batch and opens another, or nil if nothing waits.
func (q *queue) take() *batch {
	q.mu.Lock()
	defer q.mu.Unlock()
	b := q.open
	if len(b.reports) == 0 {
		return nil
	}
	q.open = newBatch(len(b.reports)) // the next one is likely as large
	return b
}

// close makes add refuse everything from now on.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
}

// waiting returns how many reports wait.
func (q *queue) waiting() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.open.reports)
}

// count has the store count b and answers those who wait. A panic of the store
// fails this batch only.
func (in *Ingester) count(ctx context.Context, b *batch) {
	defer close(b.done)
	defer func() {
		if p := recover(); p != nil {
			b.err = fmt.Errorf("count %d reports: panic: %v", len(b.reports), p)
			in.totals.failed.Add(int64(len(b.reports)))
			in.Log.Error("counting a batch panicked", "reports", len(b.reports), "panic", p, slog.String("stack", string(debug.Stack())))
		}
	}()
	b.asOf = in.Now()
	outcomes := in.Store.Count(ctx, b.reports)
	if len(outcomes) != len(b.reports) {
		panic(fmt.Sprintf("the store gave %d outcomes for %d reports", len(outcomes), len(b.reports)))
	}
	b.outcomes = outcomes
	in.totals.add(b)
}
