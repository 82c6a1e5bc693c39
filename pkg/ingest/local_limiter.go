package ingest

import (
	"sync/atomic"
	"time"
)

// limiterCells is the number of times that a LocalLimiter holds, 8 bytes each.
// An allowance is in use only until it is whole again, so that they bound the
// senders of the last minute.
const limiterCells = 1 << 18

// LocalLimiter is the Limiter of a process that shares nothing with others. It
// gives each sender an allowance that refills evenly. It uses GCRA, the generic
// cell rate algorithm, which holds one time per sender.
//
// Its memory is fixed: a table of 2 MB that is indexed by the sender's
// pseudonym. Two senders in one cell share an allowance; with 10,000 senders in
// a minute that happens to 4 % of them. So the table is never full, and under a
// flood of addresses the limit becomes stricter. Nobody can choose another
// sender's cell without the key of the day.
type LocalLimiter struct {
	every   int64 // nanoseconds in which one submission is refilled
	allowed int64 // submissions in a whole allowance
	// whole holds when each allowance is whole again, in nanoseconds since the
	// Unix epoch. It is whole if that is in the past.
	whole [limiterCells]atomic.Int64
}

var _ Limiter = (*LocalLimiter)(nil)

// NewLocalLimiter returns a limiter that allows a number of submissions at once,
// and as many again spread over each period.
func NewLocalLimiter(allowed int, period time.Duration) *LocalLimiter {
	return &LocalLimiter{every: int64(period) / int64(allowed), allowed: int64(allowed)}
}

// Allow takes one submission from the allowance of key at now, if there is one.
func (l *LocalLimiter) Allow(key uint64, now time.Time) Decision {
	at := now.UnixNano()
	full := l.allowed * l.every
	cell := &l.whole[key%limiterCells]
	for {
		before := cell.Load()
		start := max(before, at)
		if start-at > 2*full {
			start = at // the clock went back: nobody can owe that much
		}
		debt := start + l.every - at
		if debt > full {
			return Decision{Limit: int(l.allowed), RetryAfter: time.Duration(debt - full), Reset: time.Duration(start - at)}
		}
		if cell.CompareAndSwap(before, at+debt) {
			return Decision{Allowed: true, Limit: int(l.allowed), Remaining: int((full - debt) / l.every), Reset: time.Duration(debt)}
		}
	}
}

// Delay makes the allowance of key whole no earlier than at whole.
func (l *LocalLimiter) Delay(key uint64, whole time.Time) {
	cell := &l.whole[key%limiterCells]
	for at := whole.UnixNano(); ; {
		before := cell.Load()
		if before >= at || cell.CompareAndSwap(before, at) {
			return
		}
	}
}
