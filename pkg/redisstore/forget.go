package redisstore

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/outcry/outcry/pkg/window"
)

// maxForget is how many keys of a partition one call deletes.
const maxForget = 500

// Forget deletes the keys that no answer at or after now needs. The journal stays.
func (s *Store) Forget(ctx context.Context, now time.Time) error {
	for partitions := allPartitions; len(partitions) > 0; {
		more, err := s.forgetSome(ctx, partitions, now)
		if err != nil {
			return fmt.Errorf("forget old windows: %w", err)
		}
		partitions = more
	}
	return nil
}

// forgetSome deletes up to maxForget keys of each partition, and returns the
// partitions that may have more.
func (s *Store) forgetSome(ctx context.Context, partitions []int, now time.Time) (more []int, err error) {
	ctx, cancel := withTimeout(ctx)
	defer cancel()
	for _, p := range partitions {
		if err := s.conn.Ready(p); err != nil {
			return nil, err
		}
	}
	oldest := strconv.FormatInt(number(now.Add(-window.Retention), window.Width), 10)
	pipe := s.conn.Client.Pipeline()
	over := make([]*redis.StringSliceCmd, len(partitions))
	for i, p := range partitions {
		over[i] = pipe.ZRangeByScore(ctx, s.conn.Key(p, keyIndex), &redis.ZRangeBy{
			Min: "-inf", Max: strconv.FormatInt(now.UnixMilli(), 10), Count: maxForget,
		})
		pipe.ZRemRangeByScore(ctx, s.conn.Key(p, keyActive), "-inf", "("+oldest)
	}
	_, _ = pipe.Exec(ctx) // each answer has its own error
	drop := s.conn.Client.Pipeline()
	for i, p := range partitions {
		names, err := over[i].Result()
		if err := s.conn.Observe(p, err); err != nil {
			return nil, err
		}
		if len(names) == 0 {
			continue
		}
		drop.Unlink(ctx, names...)
		// The index is last: a key stays in it until it is deleted.
		drop.ZRem(ctx, s.conn.Key(p, keyIndex), anys(names)...)
		if len(names) == maxForget {
			more = append(more, p)
		}
	}
	if drop.Len() > 0 {
		if _, err := drop.Exec(ctx); err != nil {
			return nil, s.conn.Observe(partitions[0], err)
		}
	}
	return more, nil
}

// anys returns names as arguments of a command.
func anys(names []string) []any {
	out := make([]any, len(names))
	for i, name := range names {
		out[i] = name
	}
	return out
}
