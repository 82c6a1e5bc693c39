package app

import (
	"context"
	"fmt"
	"time"
)

// firstTickWait is how long the server waits for its first tick before it listens.
// With the history of hundreds of services the first one takes seconds, because it
// reads the volume of the last days.
const firstTickWait = 300 * time.Millisecond

// firstTick is the first tick of the monitor, which shows that counting works and
// gives visitors a level instead of "unknown". No other tick may run beside it.
type firstTick struct {
	cancel context.CancelFunc
	done   chan struct{}
	err    error // once done is closed
}

// beginFirstTick starts the first tick.
func (p *Parts) beginFirstTick(ctx context.Context) *firstTick {
	ctx, cancel := context.WithCancel(ctx)
	t := &firstTick{cancel: cancel, done: make(chan struct{})}
	go func() { // until end at the latest
		defer close(t.done)
		if err := p.Monitor.Tick(ctx, time.Now()); err != nil {
			t.err = fmt.Errorf("tick for the first time: %w", err)
		}
	}()
	return t
}

// within returns the error of the tick, or nil if it takes longer than wait.
func (t *firstTick) within(wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-t.done:
		return t.err
	case <-timer.C:
		return nil
	}
}

// wait waits until the tick or ctx is over. It returns the error of the tick.
func (t *firstTick) wait(ctx context.Context) error {
	select {
	case <-t.done:
		return t.err
	case <-ctx.Done():
		return nil
	}
}

// end ends the tick.
func (t *firstTick) end() {
	t.cancel()
	<-t.done
}
