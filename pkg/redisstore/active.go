package redisstore

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/outcry/outcry/pkg/window"
)

// Active returns the services with a problem in a bucket that starts at or
// after since, in the order of their slugs. If only some partitions answer, it
// returns their services, and the error is a *window.Missing.
func (s *Store) Active(ctx context.Context, since time.Time) ([]string, error) {
	ctx, cancel := withTimeout(ctx)
	defer cancel()
	first := number(since.Add(window.Width-1), window.Width)
	pipe := s.conn.Client.Pipeline()
	lists, errs := make([]*redis.StringSliceCmd, len(allPartitions)), make([]error, len(allPartitions))
	for _, p := range allPartitions {
		if errs[p] = s.conn.Ready(p); errs[p] == nil {
			lists[p] = pipe.ZRangeByScore(ctx, s.conn.Key(p, keyActive), &redis.ZRangeBy{Min: strconv.FormatInt(first, 10), Max: "+inf"})
		}
	}
	if pipe.Len() > 0 {
		_, _ = pipe.Exec(ctx) // each answer has its own error
	}
	var services []string
	for p, list := range lists {
		if list == nil {
			continue
		}
		names, err := list.Result()
		errs[p] = s.conn.Observe(p, err)
		services = append(services, names...)
	}
	slices.Sort(services)
	if err := partitionsErr(errs); err != nil {
		return services, fmt.Errorf("list active services: %w", err)
	}
	return services, nil
}
