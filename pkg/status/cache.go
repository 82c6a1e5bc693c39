package status

import (
	"context"
	"errors"
	"maps"
	"sync"
	"time"
)

// errPanicked is what those get who waited for a look that panicked.
var errPanicked = errors.New("the look that this answer waited for panicked")

// cache keeps answers for a short time, so that many who ask for the same at
// once cost one look. It is bounded: what is over is swept out once a life, and
// when it is full all the same, it starts over.
type cache[K comparable, V any] struct {
	life  time.Duration
	bound int
	fits  func(V) bool // what is worth keeping; nil if all is

	mu      sync.Mutex
	entries map[K]*entry[V]
	swept   time.Time
}

// entry is filled once; those who ask meanwhile wait for it.
type entry[V any] struct {
	until time.Time
	once  sync.Once
	value V
	err   error
}

func newCache[K comparable, V any](life time.Duration, bound int) *cache[K, V] {
	return &cache[K, V]{life: life, bound: bound, entries: map[K]*entry[V]{}}
}

// get returns the answer for key that is younger than the cache's life at now,
// or asks load for it. A failure is not kept. Others may wait for the same
// answer, so load goes on when the one who asked first goes away.
func (c *cache[K, V]) get(ctx context.Context, key K, now time.Time, load func(context.Context) (V, error)) (V, error) {
	e := c.entry(key, now)
	e.once.Do(func() {
		defer func() {
			if e.err != nil || c.fits != nil && !c.fits(e.value) {
				c.drop(key, e)
			}
		}()
		e.value, e.err = load(context.WithoutCancel(ctx))
	})
	return e.value, e.err
}

// entry returns that of key, which is new if there is none that holds at now.
func (c *cache[K, V]) entry(key K, now time.Time) *entry[V] {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.entries[key]; e != nil && c.holds(e, now) {
		return e
	}
	if since := now.Sub(c.swept); since >= c.life || since < 0 {
		maps.DeleteFunc(c.entries, func(_ K, e *entry[V]) bool { return !c.holds(e, now) })
		c.swept = now
	}
	if len(c.entries) >= c.bound {
		clear(c.entries)
	}
	e := &entry[V]{until: now.Add(c.life), err: errPanicked}
	c.entries[key] = e
	return e
}

// holds tells whether e is an answer at now. The clock may have gone back.
func (c *cache[K, V]) holds(e *entry[V], now time.Time) bool {
	return now.Before(e.until) && !now.Before(e.until.Add(-c.life))
}

func (c *cache[K, V]) drop(key K, e *entry[V]) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.entries[key] == e {
		delete(c.entries, key)
	}
}
