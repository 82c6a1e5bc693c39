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

// Tell lets all processes know what the process that leads saw at a tick.
func (c *Conclusions) Tell(ctx context.Context, term int64, at time.Time, seen map[string]monitor.Assessment) error {
	all, err := encode(seen)
	if err == nil {
		_, err = c.write(ctx, term, []any{"seen", at.UnixMilli(), all})
	}
	if err != nil {
		return fmt.Errorf("tell what %d services look like: %w", len(seen), err)
	}
	return nil
}

// Told returns what was told last, and of when that is; the zero time before
// the first. If that is not after since, it returns since and nothing else.
func (c *Conclusions) Told(ctx context.Context, since time.Time) (at time.Time, seen map[string]monitor.Assessment, err error) {
	when, err := c.toldField(ctx, "at")
	if err != nil || when == "" {
		return time.Time{}, nil, err
	}
	ms, err := strconv.ParseInt(when, 10, 64)
	if err != nil {
		return time.Time{}, nil, fmt.Errorf("the last tick was at %q", when)
	}
	if at = time.UnixMilli(ms).UTC(); !at.After(since) {
		return since, nil, nil
	}
	all, err := c.toldField(ctx, "all")
	if err == nil {
		err = decode(all, &seen)
	}
	if err != nil {
		return time.Time{}, nil, fmt.Errorf("read what services look like: %w", err)
	}
	return at, seen, nil
}

func (c *Conclusions) toldField(ctx context.Context, name string) (value string, err error) {
	err = c.call(ctx, func(ctx context.Context) (err error) {
		value, err = c.conn.HGet(ctx, c.key(keySeen), name).Result()
		if errors.Is(err, redis.Nil) {
			err = nil
		}
		return err
	})
	return value, err
}
