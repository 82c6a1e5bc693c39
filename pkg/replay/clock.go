package replay

import (
	"sync/atomic"
	"time"
)

// virtualClock is the time of a replay. It is safe for concurrent use.
type virtualClock struct{ nanos atomic.Int64 }

func newVirtualClock(start time.Time) *virtualClock {
	c := &virtualClock{}
	c.set(start)
	return c
}

func (c *virtualClock) set(t time.Time) { c.nanos.Store(t.UnixNano()) }
func (c *virtualClock) now() time.Time  { return time.Unix(0, c.nanos.Load()).UTC() }
