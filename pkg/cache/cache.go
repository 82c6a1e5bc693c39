// Package cache keeps answers for a short time, so that many who ask for the
// same at once cost one look. It holds no clock: callers pass the time.
package cache

import (
	"context"
	"errors"
	"maps"
	"sync"
	"sync/atomic"
	"time"
)

// errPanicked is what those get who waited for a look that panicked.
var errLoadPanicked = errors.New("the look that this answer waited for panicked")

// Cache keeps answers by key. It is bounded: what is over is swept out once a
// life, and when it is full all the same, it starts over. It is safe for
// concurrent use.
type Cache[K comparable, V any] struct {
	// Fits says what is worth keeping; nil if all is. It is set before the first
	// use.
	Cacheable func(V) bool
	// Stale is for how long after its life an answer is still given to those who
	// ask while somebody looks for the next one. It is set before the first use.
	StaleFor time.Duration
	// StandsIn says for which failures the last good answer to a question is given
	// instead, whatever its age, which it has to tell itself; nil for none. It is
	// set before the first use.
	ServeLastGood func(error) bool

	life  time.Duration
	bound int

	mu      sync.Mutex
	entries map[K]*entry[V]
	good    map[K]V // with StandsIn: the last good answers, at most bound
	swept   time.Time
}

// entry is filled once; those who ask meanwhile wait for it.
type entry[V any] struct {
	expires  time.Time
	once     sync.Once
	value    V
	err      error
	done     atomic.Bool
	previous atomic.Pointer[entry[V]] // what is given until it is done
}

// loadTime is how long an answer may take: all who ask for it meanwhile wait.
const loadTimeout = 5 * time.Second

// New returns a Cache that keeps up to bound answers, each for life.
func New[K comparable, V any](life time.Duration, bound int) *Cache[K, V] {
	return &Cache[K, V]{life: life, bound: bound, entries: map[K]*entry[V]{}, good: map[K]V{}}
}

// Get returns the answer for key that is younger than the cache's life at now,
// or asks load for it. A failure is not kept, and may be stood in for by the last
// good answer. Others may wait for the same answer, so load goes on when the one
// who asked first goes away; it has five seconds.
func (c *Cache[K, V]) Get(ctx context.Context, key K, now time.Time, load func(context.Context) (V, error)) (V, error) {
	e, first := c.entryFor(key, now)
	if old := e.previous.Load(); old != nil && !first && !e.done.Load() {
		return old.value, nil
	}
	e.once.Do(func() {
		defer func() {
			e.done.Store(true)
			e.previous.Store(nil)
			if e.err != nil || c.Cacheable != nil && !c.Cacheable(e.value) {
				c.remove(key, e)
			} else {
				c.rememberGood(key, e.value)
			}
		}()
		limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), loadTimeout)
		defer cancel()
		e.value, e.err = load(limited)
	})
	if e.err != nil && c.ServeLastGood != nil && c.ServeLastGood(e.err) {
		return c.lastGood(key, e.err)
	}
	return e.value, e.err
}

// lastGood returns the last good answer for key, or err if there is none.
func (c *Cache[K, V]) lastGood(key K, err error) (V, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	v, known := c.good[key]
	if known {
		err = nil
	}
	return v, err
}

// keep remembers an answer as the last good one.
func (c *Cache[K, V]) rememberGood(key K, v V) {
	if c.ServeLastGood == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, known := c.good[key]; !known && len(c.good) >= c.bound {
		clear(c.good)
	}
	c.good[key] = v
}

// Len returns how many answers are kept.
func (c *Cache[K, V]) Len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.entries)
}

// entry returns that of key, which is new if there is none that holds at now.
func (c *Cache[K, V]) entryFor(key K, now time.Time) (e *entry[V], isNew bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	last := c.entries[key]
	if last != nil && c.isFresh(last, now) {
		return last, false
	}
	if since := now.Sub(c.swept); since >= c.life || since < 0 {
		maps.DeleteFunc(c.entries, func(_ K, e *entry[V]) bool { return !c.isFresh(e, now) && !c.isServable(e, now) })
		c.swept = now
	}
	if len(c.entries) >= c.bound {
		clear(c.entries)
	}
	e = &entry[V]{expires: now.Add(c.life), err: errLoadPanicked}
	if last != nil && c.isServable(last, now) {
		e.previous.Store(last)
	}
	c.entries[key] = e
	return e, true
}

// serves tells whether e is an answer that may be given while the next one is
// looked for.
func (c *Cache[K, V]) isServable(e *entry[V], now time.Time) bool {
	return e.done.Load() && e.err == nil && !now.Before(e.expires) && now.Before(e.expires.Add(c.StaleFor))
}

// holds tells whether e is an answer at now. The clock may have gone back.
func (c *Cache[K, V]) isFresh(e *entry[V], now time.Time) bool {
	return now.Before(e.expires) && !now.Before(e.expires.Add(-c.life))
}

func (c *Cache[K, V]) remove(key K, e *entry[V]) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.entries[key] == e {
		delete(c.entries, key)
	}
}
