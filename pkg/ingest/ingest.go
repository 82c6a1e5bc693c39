// Package ingest takes submissions in: it limits, validates, locates and
// identifies them, and has them counted together.
//
// There is no timer. While one batch is being written the next one fills with
// whatever arrives, so that the cost of a report falls as the load rises and
// an idle server answers at once. The address of a sender ends here: what goes
// on to the store are its country and its pseudonyms.
package ingest

import (
	"context"
	"log/slog"
	"net/netip"
	"time"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// Store is what ingest needs of a window.Store. Count answers in bounded time
// by itself, whatever its context says, and does not keep the slice. It logs
// its failures itself, once per change of its state: here they only become
// answers and a total.
type Store interface {
	Count(ctx context.Context, reports []report.Report) []window.Outcome
}

// DayKeys gives the secrets that pseudonyms are made with.
type DayKeys interface {
	// Keys returns the key of the UTC day of now, and yesterday's as long as a
	// report received at now may name a minute less than window.Cooldown after
	// midnight; nil when there is none. The keys are shared and not changed.
	Keys(now time.Time) (today, yesterday *report.DayKey, err error)
}

// Options are the parts of an Ingester.
type Options struct {
	Store Store
	Rules report.Rules
	// Locate returns the country of an address, report.Unknown when there is
	// none. It is called with the zero Addr too.
	Locate func(netip.Addr) string
	Keys   DayKeys
	// Limiter bounds the submissions of one sender; nil does not.
	Limiter Limiter
	// Unlimited is for load tests on one's own machine: Limiter is not asked, and
	// every device is believed to be a reporter at an address of its own.
	Unlimited bool
	Now       func() time.Time
	Log       *slog.Logger
}

// Ingester accepts submissions from many goroutines and counts them in one.
type Ingester struct {
	Options
	queue  queue
	totals counters
}

// New returns an Ingester of the parts in o. Submissions wait until Run runs.
func New(o Options) *Ingester {
	return &Ingester{Options: o, queue: newQueue()}
}

// Run counts what is submitted until ctx ends. Then it accepts nothing more,
// counts what still waits, answers everyone and returns nil. It runs once.
func (in *Ingester) Run(ctx context.Context) error {
	// What was accepted is counted, whatever becomes of ctx.
	counting := context.WithoutCancel(ctx)
	for {
		select {
		case <-in.queue.wake:
			in.drain(counting)
		case <-ctx.Done():
			in.queue.close()
			in.drain(counting)
			return nil
		}
	}
}

// drain counts batch after batch until nothing waits.
func (in *Ingester) drain(ctx context.Context) {
	for b := in.queue.take(); b != nil; b = in.queue.take() {
		in.count(ctx, b)
	}
}
