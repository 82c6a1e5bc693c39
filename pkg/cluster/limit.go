package cluster

import (
	"sync/atomic"
	"time"

	"github.com/outcry/outcry/pkg/ingest"
)

// cells is how many allowances a Limiter keeps, 8 bytes each. An allowance is
// in use only until it is whole again, so that they bound the senders of the
// last minute, not of ever.
const cells = 1 << 18

// Limiter gives each sender an allowance that refills evenly: GCRA, the generic
// cell rate algorithm, which keeps one time per sender.
//
// Its memory is fixed: a table of 2 MB that the sender's pseudonym indexes.
// Two senders in one cell share an allowance: with 10,000 senders in a minute
// that happens to 4 % of them. So the table is never full; under a flood of
// addresses it grows strict. Nobody can aim at another's cell without the key
// of the day.
type Limiter struct {
	every   int64 // nanoseconds in which one submission is refilled
	allowed int64 // submissions in a whole allowance
	// whole says when each allowance is whole again, in nanoseconds since the
	// Unix epoch. A time in the past: it is whole.
	whole [cells]atomic.Int64
}

var _ ingest.Limiter = (*Limiter)(nil)

// NewLimiter returns a Limiter that allows ingest.LimitPerSender submissions at
// once, and as many again spread over each ingest.LimitPeriod.
func NewLimiter() *Limiter { return newLimiter(ingest.LimitPerSender, ingest.LimitPeriod) }

func newLimiter(allowed int, period time.Duration) *Limiter {
	return &Limiter{every: int64(period) / int64(allowed), allowed: int64(allowed)}
}

// Allow takes one submission from the allowance of key at now, if there is one.
func (l *Limiter) Allow(key uint64, now time.Time) ingest.Decision {
	at := now.UnixNano()
	full := l.allowed * l.every
	cell := &l.whole[key%cells]
	for {
		before := cell.Load()
		start := max(before, at)
		if start-at > 2*full {
			start = at // the clock went back: nobody can owe that much
		}
		debt := start + l.every - at
		if debt > full {
			return ingest.Decision{Limit: int(l.allowed), RetryAfter: time.Duration(debt - full), Reset: time.Duration(start - at)}
		}
		if cell.CompareAndSwap(before, at+debt) {
			return ingest.Decision{Allowed: true, Limit: int(l.allowed), Remaining: int((full - debt) / l.every), Reset: time.Duration(debt)}
		}
	}
}

// owe makes the allowance of key whole no earlier than at whole.
func (l *Limiter) owe(key uint64, whole time.Time) {
	cell := &l.whole[key%cells]
	for at := whole.UnixNano(); ; {
		before := cell.Load()
		if before >= at || cell.CompareAndSwap(before, at) {
			return
		}
	}
}
