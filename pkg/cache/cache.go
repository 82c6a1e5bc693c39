// Package cache keeps answers for a short time, so that many callers who ask
// for the same at once cost one load. It has no clock: callers pass the time.
package cache

import (
	"context"
	"errors"
	"maps"
	"sync"
	"sync/atomic"
	"time"
)

// loadTimeout bounds one load. All callers for its key wait for it.
const loadTimeout = 5 * time.Second

// errLoadPanicked is returned to callers who waited for a load that panicked.
var errLoadPanicked = errors.New("the load of this answer panicked")

// Cache keeps answers by key. Expired entries are removed once a lifetime. A
// cache that is full drops arbitrary entries, but first those that were asked for
// only once: so somebody who asks for many keys once each does not drop what
// many others ask for. It is safe for concurrent use. Its exported
// fields are set before the first use.
type Cache[K comparable, V any] struct {
	// Cacheable reports whether an answer may be kept. If nil, all may.
	Cacheable func(V) bool
	// StaleFor is how long after its lifetime an answer is still served to
	// callers who ask while the next one is being loaded.
	StaleFor time.Duration
	// StaleOnError is how long after its lifetime an answer is still served if the
	// next one cannot be loaded.
	StaleOnError time.Duration
	// ServeLastGood reports whether the last good answer is served in place of
	// an error. That answer may have any age. If nil, errors are returned.
	ServeLastGood func(error) bool
	// Size returns the bytes of an answer. With it, the answers that are kept have
	// at most MaxBytes together.
	Size     func(V) int
	MaxBytes int

	lifetime time.Duration
	bound    int

	mu      sync.Mutex
	entries map[K]*entry[V]
	bytes   int     // of the entries, by Size
	good    map[K]V // with ServeLastGood: the last good answers, at most bound
	swept   time.Time

	hits, stale, loads, failures atomic.Int64
}

// Stats are totals since the start, for metrics.
type Stats struct {
	Hits     int64 // callers who got a kept answer, or waited for a load of another
	Stale    int64 // callers who got an answer beyond its lifetime
	Loads    int64 // loads that gave an answer
	Failures int64 // loads that failed
}

// Stats returns the totals.
func (c *Cache[K, V]) Stats() Stats {
	return Stats{Hits: c.hits.Load(), Stale: c.stale.Load(), Loads: c.loads.Load(), Failures: c.failures.Load()}
}

// entry is an answer. It is loaded once, and other callers wait for it.
type entry[V any] struct {
	expires  time.Time
	once     sync.Once
	value    V
	err      error
	size     int // of value, once it is kept; guarded by mu
	done     atomic.Bool
	again    bool                     // asked for again since it was added or spared; guarded by mu
	previous atomic.Pointer[entry[V]] // served until done, or if the load fails; may be nil
}

// New returns a Cache that keeps up to bound answers, each for lifetime.
func New[K comparable, V any](lifetime time.Duration, bound int) *Cache[K, V] {
	return &Cache[K, V]{lifetime: lifetime, bound: bound, entries: map[K]*entry[V]{}, good: map[K]V{}}
}

// Get returns the answer for key. It calls load if there is no fresh answer at
// now. An error is not kept, and may be replaced by the last good answer. The
// load goes on when ctx ends, because other callers may wait for it. It may
// take five seconds.
func (c *Cache[K, V]) Get(ctx context.Context, key K, now time.Time, load func(context.Context) (V, error)) (V, error) {
	e, isNew := c.entryFor(key, now)
	if previous := e.previous.Load(); previous != nil && !isNew && !e.done.Load() && now.Before(previous.expires.Add(c.StaleFor)) {
		c.stale.Add(1)
		return previous.value, nil
	}
	if !isNew {
		c.hits.Add(1)
	}
	e.once.Do(func() {
		defer func() { // a panic leaves e with errLoadPanicked
			e.done.Store(true)
			if e.err != nil {
				c.failures.Add(1)
			} else {
				c.loads.Add(1)
			}
			previous := e.previous.Swap(nil)
			switch {
			case e.err != nil && previous != nil:
				e.value, e.err = previous.value, nil
				c.restore(key, e, previous)
			case e.err != nil || c.Cacheable != nil && !c.Cacheable(e.value):
				c.remove(key, e)
			default:
				c.weigh(key, e)
				c.rememberGood(key, e.value)
			}
		}()
		loading := context.WithoutCancel(ctx)
		if previous := e.previous.Load(); previous != nil && now.Before(previous.expires.Add(c.StaleFor)) {
			loading = context.WithValue(loading, staleKey{}, true)
		}
		limited, cancel := context.WithTimeout(loading, loadTimeout)
		defer cancel()
		e.value, e.err = load(limited)
	})
	if e.err != nil && c.ServeLastGood != nil && c.ServeLastGood(e.err) {
		if v, ok := c.lastGood(key); ok {
			return v, nil
		}
	}
	return e.value, e.err
}

// staleKey is the key of what HasStale reads.
type staleKey struct{}

// HasStale reports whether a load need not wait: there is an answer that is served
// in place of an error, and that is not older than StaleFor says.
func HasStale(ctx context.Context) bool { return ctx.Value(staleKey{}) != nil }

// Len returns the number of answers that are kept.
func (c *Cache[K, V]) Len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.entries)
}

// lastGood returns the last good answer for key, if there is one.
func (c *Cache[K, V]) lastGood(key K) (v V, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	v, ok = c.good[key]
	return v, ok
}

// rememberGood makes v the last good answer for key.
func (c *Cache[K, V]) rememberGood(key K, v V) {
	if c.ServeLastGood == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.good[key]; !ok && len(c.good) >= c.bound {
		clear(c.good)
	}
	c.good[key] = v
}

// entryFor returns the entry of key that is fresh at now. If there is none, it
// adds a new one.
func (c *Cache[K, V]) entryFor(key K, now time.Time) (e *entry[V], isNew bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	last := c.entries[key]
	if last != nil && c.isFresh(last, now) {
		last.again = true
		return last, false
	}
	if since := now.Sub(c.swept); since >= c.lifetime || since < 0 {
		maps.DeleteFunc(c.entries, func(_ K, e *entry[V]) bool {
			expired := !c.isFresh(e, now) && !c.isServableStale(e, now)
			if expired {
				c.bytes -= e.size
			}
			return expired
		})
		c.swept = now
	}
	e = &entry[V]{expires: now.Add(c.lifetime), err: errLoadPanicked, again: last != nil}
	if last != nil && c.isServableStale(last, now) {
		e.previous.Store(last)
	}
	c.put(key, e)
	c.evict(key)
	return e, true
}

// put makes e the entry of key. The caller holds c.mu.
func (c *Cache[K, V]) put(key K, e *entry[V]) {
	if last := c.entries[key]; last != nil {
		c.bytes -= last.size
	}
	c.entries[key] = e
	c.bytes += e.size
}

// evict drops arbitrary entries other than that of key until the rest is within
// the bounds. It spares once each entry that was asked for again. The caller
// holds c.mu.
func (c *Cache[K, V]) evict(key K) {
	isOver := func() bool { return len(c.entries) > c.bound || c.Size != nil && c.bytes > c.MaxBytes }
	for range 2 {
		for other, e := range c.entries { // in a random order
			if !isOver() {
				return
			}
			if other == key {
				continue
			}
			if e.again {
				e.again = false
				continue
			}
			c.bytes -= e.size
			delete(c.entries, other)
		}
	}
	if e := c.entries[key]; e != nil && isOver() { // this one alone is too large
		c.bytes -= e.size
		delete(c.entries, key)
	}
}

// weigh notes the size of the loaded entry e and keeps the cache within its
// bounds.
func (c *Cache[K, V]) weigh(key K, e *entry[V]) {
	if c.Size == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.entries[key] != e {
		return // dropped while it was loaded
	}
	e.size = c.Size(e.value)
	c.bytes += e.size
	c.evict(key)
}

// restore puts previous back in the place of e, whose load failed.
func (c *Cache[K, V]) restore(key K, e, previous *entry[V]) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.entries[key] == e {
		c.put(key, previous)
	}
}

// isFresh reports whether e is within its lifetime at now. The clock may have
// been set back since e was added.
func (c *Cache[K, V]) isFresh(e *entry[V], now time.Time) bool {
	return now.Before(e.expires) && !now.Before(e.expires.Add(-c.lifetime))
}

// isServableStale reports whether e may be served while the next answer is
// being loaded, or if that fails.
func (c *Cache[K, V]) isServableStale(e *entry[V], now time.Time) bool {
	return e.done.Load() && e.err == nil && !now.Before(e.expires) && now.Before(e.expires.Add(max(c.StaleFor, c.StaleOnError)))
}

// remove deletes e, unless another entry has taken its place.
func (c *Cache[K, V]) remove(key K, e *entry[V]) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.entries[key] == e {
		c.bytes -= e.size
		delete(c.entries, key)
	}
}
