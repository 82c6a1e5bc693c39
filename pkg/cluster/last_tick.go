package cluster

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/outcry/outcry/pkg/monitor"
)

// SaveTick saves the results of the leader's tick at a time for the followers,
// by service. It replaces the tick before.
func (c *Conclusions) SaveTick(ctx context.Context, term int64, at time.Time, services map[string]monitor.Assessment) error {
	encoded, err := encode(services)
	if err == nil {
		_, err = c.write(ctx, term, []any{"tick", at.UnixMilli(), encoded})
	}
	if err != nil {
		return fmt.Errorf("save a tick of %d services: %w", len(services), err)
	}
	return nil
}

// LastTick returns the time and the results of the last tick, or the zero time
// if there was none. If the last tick is not after since, it returns since and
// no results.
func (c *Conclusions) LastTick(ctx context.Context, since time.Time) (at time.Time, services map[string]monitor.Assessment, err error) {
	digits, err := c.tickField(ctx, "at")
	if err != nil || digits == "" {
		return time.Time{}, nil, err
	}
	ms, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return time.Time{}, nil, fmt.Errorf("the time of the last tick is %q, want milliseconds", digits)
	}
	if at = time.UnixMilli(ms).UTC(); !at.After(since) {
		return since, nil, nil
	}
	encoded, err := c.tickField(ctx, "all")
	if err == nil {
		err = decode(encoded, &services)
	}
	if err != nil {
		return time.Time{}, nil, fmt.Errorf("read the last tick: %w", err)
	}
	return at, services, nil
}

// tickField returns a field of the last tick, "" if there is none.
func (c *Conclusions) tickField(ctx context.Context, name string) (value string, err error) {
	err = c.call(ctx, func(ctx context.Context) (err error) {
		value, err = c.conn.Client.HGet(ctx, c.key(keyTick), name).Result()
		if errors.Is(err, redis.Nil) {
			err = nil
		}
		return err
	})
	return value, err
}
