// Package gate bounds expensive work: how much of it is done at once, and how
// many callers may wait for their turn. Whoever finds the queue full is refused
// at once, so that a flood of expensive requests takes neither the memory nor
// the processors from all others.
package gate

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/outcry/outcry/pkg/fault"
)

// retryAfterFull is when a refused caller may try again.
const retryAfterFull = 2 * time.Second

// Gate admits a bounded number of callers at once, in the order in which they
// came. A nil Gate admits everybody. It is safe for concurrent use.
type Gate struct {
	work    string
	running chan struct{} // holds a token for each caller that was admitted
	waiting chan struct{} // holds a token for each caller that waits
	refused atomic.Int64
}

// New returns a gate for work of this name, which metrics show. It admits up to
// atOnce callers, and lets up to queue others wait.
func New(work string, atOnce, queue int) *Gate {
	return &Gate{work: work, running: make(chan struct{}, atOnce), waiting: make(chan struct{}, queue)}
}

// HalfOfProcessors returns how much work that needs a processor can be done at
// once with as many processors left for everything else; at least 1.
func HalfOfProcessors() int { return max(1, runtime.GOMAXPROCS(0)/2) }

// Do calls f when it is the caller's turn, and returns what f returns. The error
// is fault.Unavailable if the queue is full, or if the deadline of ctx passes
// while the caller waits.
func Do[T any](ctx context.Context, g *Gate, f func() (T, error)) (T, error) {
	if g == nil {
		return f()
	}
	var none T
	if err := g.enter(ctx); err != nil {
		return none, err
	}
	defer func() { <-g.running }() // also after a panic of f
	return f()
}

// Try is Do for a caller who has something else to give: it does not wait. The
// error is a refusal if it would have to. These are not counted.
func Try[T any](g *Gate, f func() (T, error)) (T, error) {
	if g == nil {
		return f()
	}
	select {
	case g.running <- struct{}{}:
	default:
		var none T
		return none, g.refusal(errFull)
	}
	defer func() { <-g.running }()
	return f()
}

// enter waits for the caller's turn.
func (g *Gate) enter(ctx context.Context) error {
	select {
	case g.running <- struct{}{}:
		return nil
	default:
	}
	select {
	case g.waiting <- struct{}{}:
		defer func() { <-g.waiting }()
	default:
		return g.refuse(errFull)
	}
	select {
	case g.running <- struct{}{}:
		return nil
	case <-ctx.Done():
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return g.refuse(errLate)
		}
		return ctx.Err() // the client has gone
	}
}

// Causes of a refusal.
var (
	errFull = errors.New("the queue is full")
	errLate = errors.New("the wait took too long")
)

// IsRefusal reports whether err is the error of a caller that a gate refused.
// Gates count them, so that they need not be logged one by one.
func IsRefusal(err error) bool { return errors.Is(err, errFull) || errors.Is(err, errLate) }

// refuse counts a caller that is refused, and returns the error for it.
func (g *Gate) refuse(cause error) error {
	g.refused.Add(1)
	return g.refusal(cause)
}

// refusal returns the error for a caller that is refused.
func (g *Gate) refusal(cause error) error {
	return &fault.Error{Kind: fault.Unavailable, RetryAfter: retryAfterFull, Err: cause,
		Msg: "this server is busy with too many requests of this kind; try again in a moment"}
}

// Stats describes a gate for metrics.
type Stats struct {
	Work    string
	Running int   // callers that were admitted and are not done
	Waiting int   // callers in the queue
	Refused int64 // callers that were refused since the start
}

// Stats returns the present numbers of g.
func (g *Gate) Stats() Stats {
	return Stats{Work: g.work, Running: len(g.running), Waiting: len(g.waiting), Refused: g.refused.Load()}
}
