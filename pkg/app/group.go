package app

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// group owns the goroutines of a server. Each can be stopped on its own, so
// that they end in the order of the flow.
type group struct {
	ctx    context.Context
	failed chan struct{} // closed when a part ends with an error

	mu   sync.Mutex
	errs []error
}

// part is one running goroutine.
type part struct {
	cancel context.CancelFunc
	done   chan struct{}
}

func newGroup(ctx context.Context) *group {
	return &group{ctx: ctx, failed: make(chan struct{})}
}

// run starts f. An error of f is kept, and makes failed known.
func (g *group) run(name string, f func(context.Context) error) *part {
	ctx, cancel := context.WithCancel(g.ctx)
	p := &part{cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(p.done)
		if err := f(ctx); err != nil {
			g.fail(fmt.Errorf("%s: %w", name, err))
		}
	}()
	return p
}

func (g *group) fail(err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.errs = append(g.errs, err); len(g.errs) == 1 {
		close(g.failed)
	}
}

// err returns what went wrong in any part.
func (g *group) err() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return errors.Join(g.errs...)
}

// stop ends p and waits for it.
func (p *part) stop() {
	p.cancel()
	<-p.done
}
