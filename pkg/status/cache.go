package status

import (
	"context"
	"errors"
	"maps"
	"sync"
	"time"

	"github.com/outcry/outcry/pkg/fault"
)

// errPanicked is what those get who waited for a look that panicked.
var errPanicked = errors.New("the look that this answer waited for panicked")

// cache keeps answers for a short time, so that many who ask for the same at
// once cost one look. It is bounded: what is over is swept out once a life, and
// when it is full all the same, it starts over.
//
// The last good answer to each question is kept beside them, for the time when
// nobody can look. It tells its age itself.
type cache[K comparable, V any] struct {
	life  time.Duration
	bound int
	fits  func(V) bool // what is worth keeping; nil if all is

	mu      sync.Mutex
	entries map[K]*entry[V]
	last    map[K]V // at most bound
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
	return &cache[K, V]{life: life, bound: bound, entries: map[K]*entry[V]{}, last: map[K]V{}}
}

// get returns the answer for key that is younger than the cache's life at now,
// or asks load for it. When load cannot answer, the last answer that it gave
// stands in, if there was one. A failure is not kept. Others may wait for the
// same answer, so load goes on when the one who asked first goes away.
func (c *cache[K, V]) get(ctx context.Context, key K, now time.Time, load func(context.Context) (V, error)) (V, error) {
	e := c.entry(key, now)
	e.once.Do(func() {
		defer func() {
			if e.err != nil || c.fits != nil && !c.fits(e.value) {
				c.drop(key, e)
			} else {
				c.keep(key, e.value)
			}
		}()
		e.value, e.err = load(context.WithoutCancel(ctx))
	})
	if e.err != nil {
		return c.lastGood(key, e.err)
	}
	return e.value, nil
}

// lastGood returns the last answer for key, or err if there is none or if err is
// itself an answer.
func (c *cache[K, V]) lastGood(key K, err error) (V, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if v, ok := c.last[key]; ok && (fault.KindOf(err) == fault.Internal || fault.KindOf(err) == fault.Unavailable) {
		return v, nil
	}
	var none V
	return none, err
}

// keep remembers an answer as the last good one.
func (c *cache[K, V]) keep(key K, v V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, known := c.last[key]; !known && len(c.last) >= c.bound {
		clear(c.last)
	}
	c.last[key] = v
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
