// Package ingest accepts submissions: it limits, validates, locates and
// identifies them, and has the store count them in batches.
//
// There is no timer. While the store counts one batch, the next one fills with
// the reports that arrive. So the cost of a report falls as the load rises, and
// an idle server answers at once. Addresses of senders do not leave this
// package: the store gets their country and their pseudonyms.
package ingest

import (
	"context"
	"log/slog"
	"net/netip"
	"time"

	"github.com/outcry/outcry/pkg/limit"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// Store counts reports, as a window.Store does. Count returns one outcome for
// each report. It returns in bounded time even if its context never ends, does
// not keep the slice, and logs its own failures.
type Store interface {
	Count(ctx context.Context, reports []report.Report) []window.Outcome
}

// DayKeys returns the secrets that pseudonyms are made with.
type DayKeys interface {
	// Keys returns the key of the UTC day of now. It also returns yesterday's
	// key, while a report received at now may name a minute less than
	// window.Cooldown after midnight, and nil otherwise. Callers do not change
	// the keys.
	Keys(now time.Time) (today, yesterday *report.DayKey, err error)
}

// Options are the parts of an Ingester.
type Options struct {
	Store Store
	Rules report.Rules
	// Locate returns the country of an address, or report.Unknown. The address
	// may be the zero Addr.
	Locate func(netip.Addr) string
	// System returns the autonomous system of an address, which is then the holder
	// of its network; empty if it is not known. If nil, none are known.
	System func(netip.Addr) string
	Keys   DayKeys
	// Limiter limits the submissions and visits of one sender. If nil, there is no
	// limit.
	Limiter limit.Limiter
	// Shared are the networks in which many people share each address.
	Shared []SharedNetwork
	// Blocks are the networks from which nothing is taken. If nil, there are none.
	Blocks *Blocks
	// Judge says for which services an outage is declared. If nil, for none.
	Judge Judge
	// Claims remember what idempotency keys were used for. If nil, they are not
	// compared; a key still makes the ID of its report.
	Claims window.Claims
	// Unlimited is for load tests: Limiter is not used, and every device counts
	// as a reporter at an address of its own.
	Unlimited bool
	Now       func() time.Time
	Log       *slog.Logger
}

// Ingester accepts submissions from many goroutines and has them counted by one,
// which runs Run.
type Ingester struct {
	Options
	queue  queue
	totals counters
}

// New returns an Ingester of the parts in o. Submissions wait until Run is called.
func New(o Options) *Ingester {
	return &Ingester{Options: o, queue: newQueue()}
}

// Run has submissions counted until ctx ends. Then it refuses further ones, has
// the waiting ones counted, and returns nil. It may be called once.
func (in *Ingester) Run(ctx context.Context) error {
	// Accepted reports are counted even after ctx has ended.
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

// drain counts batches until no report waits.
func (in *Ingester) drain(ctx context.Context) {
	for b := in.queue.take(); b != nil; b = in.queue.take() {
		in.count(ctx, b)
	}
}
