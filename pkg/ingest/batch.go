package ingest

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

const (
	// MaxBatch is the most reports of one batch, and so the most that may wait:
	// those of 0.2 s at 40,000 submissions a second. A submission that finds the
	// batch full is refused at once.
	MaxBatch = 8192
	// maxVisits is the room of a batch that visits may use, so that a crowd of
	// readers does not turn away those who report.
	maxWaitingVisits = MaxBatch / 2
	// retryAfterFull is when a refused client may try again. Several batches are
	// counted until then.
	retryAfterFull = 2 * time.Second
)

var (
	errFull = &fault.Error{Kind: fault.Unavailable, RetryAfter: retryAfterFull,
		Msg: "too many reports at once; send it again in a moment"}
	errClosed = &fault.Error{Kind: fault.Unavailable, RetryAfter: retryAfterFull,
		Msg: "this server is shutting down; send it again in a moment"}
)

// batch is reports that are counted together. A submitter holds the batch and
// the index of its report. After done is closed, the batch does not change.
type batch struct {
	reports  []report.Report
	ways     []Via            // one per report
	done     chan struct{}    // closed when the fields below are set
	outcomes []window.Outcome // one per report, unless err is set
	asOf     time.Time        // when counting began
	err      error            // a fault of ours, for all reports of the batch
}

// await waits until b is counted, and returns its error.
func (b *batch) await() error {
	<-b.done
	return b.err
}

// queue holds the open batch, which fills while the one before it is counted.
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
	return &batch{reports: make([]report.Report, 0, size), ways: make([]Via, 0, size), done: make(chan struct{})}
}

// add appends reports, which came on one way, to the open batch until it holds
// bound reports. It returns
// the batch, the index of the first report in it, and the number of reports that
// were added, which is at least one. The error is errFull or errClosed.
func (q *queue) add(reports []report.Report, via Via, bound int) (b *batch, first, n int, err error) {
	q.mu.Lock()
	b = q.open
	first = len(b.reports)
	n = min(len(reports), bound-first)
	switch {
	case q.closed:
		err = errClosed
	case n <= 0:
		err = errFull
	default:
		b.reports = append(b.reports, reports[:n]...)
		b.ways = append(b.ways, slices.Repeat([]Via{via}, n)...)
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

// take returns the open batch and opens another. It returns nil if the batch is
// empty.
func (q *queue) take() *batch {
	q.mu.Lock()
	defer q.mu.Unlock()
	b := q.open
	if len(b.reports) == 0 {
		return nil
	}
	q.open = newBatch(len(b.reports)) // the next batch is likely to be as large
	return b
}

// close makes add return errClosed from now on.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
}

// waiting returns the number of reports in the open batch.
func (q *queue) waiting() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.open.reports)
}

// count has the store count b and wakes its submitters. After a panic of the
// store only this batch has an error.
func (in *Ingester) count(ctx context.Context, b *batch) {
	defer close(b.done)
	defer func() {
		if p := recover(); p != nil {
			b.err = fmt.Errorf("count %d reports: panic: %v", len(b.reports), p)
			in.totals.addFailed(b)
			in.Log.Error("the program has a fault: reports were not counted", "reports", len(b.reports), "panic", p, slog.String("stack", string(debug.Stack())))
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
