package redisstore

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

var _ window.Claims = (*Store)(nil)

// claimSpan is the key for the idempotency keys that were first used in a
// generation.
func claimSpan(number int64) span {
	ids := idSpan(number)
	ids.name = "claims:" + strconv.FormatInt(number, 10)
	return ids
}

// Claim reports whether c is the first claim of its key within window.IDMemory,
// or has the fingerprint of the first. Redis decides which of several claims at
// once is the first.
func (s *Store) Claim(ctx context.Context, service string, c report.Claim, at time.Time) (same bool, err error) {
	p := window.PartitionOf(service)
	if err := s.conn.Ready(p); err != nil {
		return false, unavailable(err)
	}
	ctx, cancel := withTimeout(ctx)
	defer cancel()
	first, err := s.firstClaim(ctx, p, c, at)
	if err := s.conn.Observe(p, err); err != nil {
		return false, unavailable(fmt.Errorf("remember an idempotency key: %w", err))
	}
	return first == c.Body, nil
}

// firstClaim returns the fingerprint of the first claim of a key. An entry is the
// fingerprint and its time in milliseconds. That of the generation before may be
// too old; one of this generation cannot be.
func (s *Store) firstClaim(ctx context.Context, partition int, c report.Claim, at time.Time) (first [8]byte, err error) {
	number := number(at, generation)
	now, before := claimSpan(number), s.conn.Key(partition, claimSpan(number-1).name)
	key, field := s.conn.Key(partition, now.name), string(c.Key[:])
	pipe := s.conn.Client.Pipeline()
	old, current := pipe.HGet(ctx, before, field), pipe.HGet(ctx, key, field)
	if _, err := pipe.Exec(ctx); err != nil && !errors.Is(err, redis.Nil) {
		return first, err
	}
	if entry := old.Val(); len(entry) == 16 && current.Err() != nil {
		if claimedAt := int64(binary.BigEndian.Uint64([]byte(entry[8:]))); at.UnixMilli()-claimedAt < window.IDMemory.Milliseconds() {
			return [8]byte([]byte(entry[:8])), nil
		}
	}
	entry := binary.BigEndian.AppendUint64(c.Body[:], uint64(at.UnixMilli()))
	pipe = s.conn.Client.Pipeline()
	pipe.HSetNX(ctx, key, field, entry)
	won := pipe.HGet(ctx, key, field)
	pipe.ExpireNX(ctx, key, now.expires)
	pipe.ZAddNX(ctx, s.conn.Key(partition, keyIndex), redis.Z{Score: float64(now.over.UnixMilli()), Member: key})
	if _, err := pipe.Exec(ctx); err != nil {
		return first, err
	}
	if text := won.Val(); len(text) == 16 {
		return [8]byte([]byte(text[:8])), nil
	}
	return first, errors.New("an idempotency key has no entry")
}
