package redisconn

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/outcry/outcry/pkg/window"
	"github.com/redis/go-redis/v9"
)

// probeEvery is how often an absent Redis is asked whether it is back.
const probeEvery = 250 * time.Millisecond

// ErrAway says that Redis did not answer a moment ago and was not asked again.
var ErrUnreachable = errors.New("nobody answers at Redis")

// away remembers which partitions have nobody to answer for them.
type partitionSet struct {
	partitions [window.Partitions]atomic.Bool
	n          atomic.Int64
}

// Ready returns nil, or ErrAway while nobody answers for a partition.
func (c *Conn) Ready(partition int) error {
	if c.down.partitions[partition].Load() {
		return ErrUnreachable
	}
	return nil
}

// Away returns for how many partitions nobody answers.
func (c *Conn) Unreachable() int { return int(c.down.n.Load()) }

// Heard notes how a call to a partition ended, and returns its error without
// addresses. After one that nobody answered, calls are not worth trying until
// Run has found somebody: those to any partition where there is one Redis, so
// that not each has to wait for itself.
func (c *Conn) Observe(partition int, err error) error {
	if !isUnreachable(err) {
		return Redact(err)
	}
	first, end := partition, partition+1
	if _, cluster := c.UniversalClient.(*redis.ClusterClient); !cluster {
		first, end = 0, window.Partitions
	}
	for p := first; p < end; p++ {
		if c.down.partitions[p].CompareAndSwap(false, true) && c.down.n.Add(1) == 1 {
			c.log.Error("Redis does not answer; nothing can be counted in its partitions until it does", "error", Redact(err))
		}
	}
	return Redact(err)
}

// Run asks for the partitions that are away, until ctx ends.
func (c *Conn) Run(ctx context.Context) error {
	ticker := time.NewTicker(probeEvery)
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

// probe asks once for all partitions that are away.
func (c *Conn) probe(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	answers := map[int]*redis.IntCmd{}
	pipe := c.Pipeline()
	for p := range window.Partitions {
		if c.Ready(p) != nil {
			answers[p] = pipe.Exists(ctx, c.Key(p, "probe"))
		}
	}
	// Each answer has its own error.
	_, _ = pipe.Exec(ctx)
	for p, answer := range answers {
		if isUnreachable(answer.Err()) || ctx.Err() != nil {
			continue
		}
		if c.down.partitions[p].CompareAndSwap(true, false) && c.down.n.Add(-1) == 0 {
			c.log.Info("Redis answers again")
		}
	}
	if nodes, ok := c.UniversalClient.(*redis.ClusterClient); ok && c.Unreachable() > 0 {
		nodes.ReloadState(ctx) // another node may have taken over
	}
}
