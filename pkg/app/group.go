package app

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// Group owns the goroutines of a server or a replay. Each can be stopped
// separately, so that they end in the order of the flow.
type Group struct {
	ctx          context.Context
	firstFailure chan struct{} // closed when the first part ends with an error

	mu   sync.Mutex
	errs []error
}

// Part is one running goroutine.
type Part struct {
	cancel context.CancelFunc
	done   chan struct{}
}

// NewGroup returns a Group without goroutines. The context of each goroutine ends
// when ctx does.
func NewGroup(ctx context.Context) *Group {
	return &Group{ctx: ctx, firstFailure: make(chan struct{})}
}

// Run starts f in a goroutine. An error of f is prefixed with name.
func (g *Group) Run(name string, f func(context.Context) error) *Part {
	ctx, cancel := context.WithCancel(g.ctx)
	p := &Part{cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(p.done)
		if err := f(ctx); err != nil {
			g.fail(fmt.Errorf("%s: %w", name, err))
		}
	}()
	return p
}

// fail records the error of a part.
func (g *Group) fail(err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.errs = append(g.errs, err); len(g.errs) == 1 {
		close(g.firstFailure)
	}
}

// Err returns the errors of all parts that have ended.
func (g *Group) Err() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return errors.Join(g.errs...)
}

// Stop cancels the context of p and waits until p has ended.
func (p *Part) Stop() {
	p.cancel()
	<-p.done
}
