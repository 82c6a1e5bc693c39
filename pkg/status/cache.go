package status

import (
	"context"
	"sync"
	"time"
)

// cache keeps answers for a short time, so that many who ask for the same at
// once cost one look. It is bounded: when full, it starts over.
type cache[K comparable, V any] struct {
	mu      *sync.Mutex
	entries map[K]*entry[V]
	life    time.Duration
	bound   int
}

// entry is filled once; those who ask meanwhile wait for it.
type entry[V any] struct {
	until time.Time
	once  sync.Once
	value V
	err   error
}

func newCache[K comparable, V any](life time.Duration, bound int) cache[K, V] {
	return cache[K, V]{mu: &sync.Mutex{}, entries: map[K]*entry[V]{}, life: life, bound: bound}
}

// get returns the answer for key that is younger than the cache's life at now,
// or asks load for it. A failure is not kept. Others may wait for the same
// answer, so load goes on when the one who asked first goes away.
func (c *cache[K, V]) get(ctx context.Context, key K, now time.Time, load func(context.Context) (V, error)) (V, error) {
	c.mu.Lock()
	e := c.entries[key]
	if e == nil || !now.Before(e.until) || now.Before(e.until.Add(-c.life)) {
		if len(c.entries) >= c.bound {
			clear(c.entries)
		}
		e = &entry[V]{until: now.Add(c.life)}
		c.entries[key] = e
	}
	c.mu.Unlock()
	e.once.Do(func() {
		if e.value, e.err = load(context.WithoutCancel(ctx)); e.err != nil {
			c.mu.Lock()
			if c.entries[key] == e {
				delete(c.entries, key)
			}
			c.mu.Unlock()
		}
	})
	return e.value, e.err
}
