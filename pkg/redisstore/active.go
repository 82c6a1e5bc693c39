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
// after since, in order of their slugs.
func (s *Store) Active(ctx context.Context, since time.Time) ([]string, error) {
	return s.ActiveIn(ctx, all, since)
}

// ActiveIn is Active for the services of some partitions.
func (s *Store) ActiveIn(ctx context.Context, partitions []int, since time.Time) ([]string, error) {
	for _, p := range partitions {
		if err := s.conn.Ready(p); err != nil {
			return nil, unavailable(fmt.Errorf("list active services: %w", err))
		}
	}
	ctx, cancel := inTime(ctx)
	defer cancel()
	first := number(since.Add(window.Width-1), window.Width)
	pipe := s.conn.Pipeline()
	lists := make([]*redis.StringSliceCmd, len(partitions))
	for i, p := range partitions {
		lists[i] = pipe.ZRangeByScore(ctx, s.conn.Key(p, keyActive), &redis.ZRangeBy{Min: strconv.FormatInt(first, 10), Max: "+inf"})
	}
	_, _ = pipe.Exec(ctx) // each answer has its own error
	var services []string
	for i, list := range lists {
		names, err := list.Result()
		if err := s.conn.Heard(partitions[i], err); err != nil {
			return nil, unavailable(fmt.Errorf("list active services: %w", err))
		}
		services = append(services, names...)
	}
	slices.Sort(services)
	return services, nil
}
