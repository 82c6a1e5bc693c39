package redisconn

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/outcry/outcry/pkg/window"
)

// probeInterval is the time between two probes of an unreachable Redis.
const probeInterval = 250 * time.Millisecond

// ErrUnreachable is the error of a call that was not tried, because Redis did
// not answer a moment ago.
var ErrUnreachable = errors.New("Redis is unreachable") //nolint:staticcheck // Redis is a name

// partitionSet is a set of partitions.
type partitionSet struct {
	has [window.Partitions]atomic.Bool
	n   atomic.Int64
}

// add adds a partition, and reports whether it is the first one in the set.
func (s *partitionSet) add(partition int) (first bool) {
	return s.has[partition].CompareAndSwap(false, true) && s.n.Add(1) == 1
}

// remove removes a partition, and reports whether it was the last one in the set.
func (s *partitionSet) remove(partition int) (last bool) {
	return s.has[partition].CompareAndSwap(true, false) && s.n.Add(-1) == 0
}

// Ready returns ErrUnreachable while the node of a partition is unreachable, and
// else nil. It does not wait.
func (c *Conn) Ready(partition int) error {
	if c.down.has[partition].Load() {
		return ErrUnreachable
	}
	return nil
}

// Unreachable returns the number of partitions whose node is unreachable.
func (c *Conn) Unreachable() int { return int(c.down.n.Load()) }

// Observe records the outcome of a call to a partition, and returns its error as
// Redact does. After a call without an answer the partition is unreachable until
// Run finds its node, so that not every call waits for the timeout. Without a
// cluster that goes for all partitions.
func (c *Conn) Observe(partition int, err error) error {
	if !isUnreachable(err) {
		return Redact(err)
	}
	first, end := partition, partition+1
	if _, cluster := c.Client.(*redis.ClusterClient); !cluster {
		first, end = 0, window.Partitions
	}
	for p := first; p < end; p++ {
		if c.down.add(p) {
			c.log.Error("Redis does not answer; reports of the services that it holds are answered with 503 until it does", "error", Redact(err))
		}
	}
	return Redact(err)
}

// Run probes the unreachable partitions until ctx ends.
func (c *Conn) Run(ctx context.Context) error {
	ticker := time.NewTicker(probeInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			if c.Unreachable() > 0 {
				c.probe(ctx)
			}
		}
	}
}

// probe asks each unreachable partition once whether its node is back.
func (c *Conn) probe(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	answers := map[int]*redis.IntCmd{}
	pipe := c.Client.Pipeline()
	for p := range window.Partitions {
		if c.Ready(p) != nil {
			answers[p] = pipe.Exists(ctx, c.Key(p, "probe"))
		}
	}
	_, _ = pipe.Exec(ctx) // each answer has its own error
	for p, answer := range answers {
		if isUnreachable(answer.Err()) || ctx.Err() != nil {
			continue
		}
		if c.down.remove(p) {
			c.log.Info("Redis answers again")
		}
	}
	if nodes, ok := c.Client.(*redis.ClusterClient); ok && c.Unreachable() > 0 {
		nodes.ReloadState(ctx) // another node may have taken over
	}
}
