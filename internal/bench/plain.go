package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/outcry/outcry/pkg/redisconn"
)

// plain is the plain way to count a sliding window in Redis. Each service has a
// sorted set with one member per report, named by the report's ID so that a
// report that is sent again counts once. It has nothing else of Outcry: no split
// by country or symptom, no reporters, no networks and no archive.
type plain struct {
	conn *redisconn.Conn
	// pipelined sends the three commands of a request in one round trip.
	pipelined bool
}

const plainWindow = 30 * time.Minute

// add counts a report, drops the reports that have left the window, and returns
// the number of reports in it.
func (p plain) add(ctx context.Context, service, id string, at time.Time) (n int64, err error) {
	key := p.conn.Key(0, "plain:"+service)
	commands := [][]any{
		{"ZADD", key, at.UnixMilli(), id},
		{"ZREMRANGEBYSCORE", key, "-inf", "(" + strconv.FormatInt(at.Add(-plainWindow).UnixMilli(), 10)},
		{"ZCARD", key},
	}
	if p.pipelined {
		pipe := p.conn.Client.Pipeline()
		for _, c := range commands[:2] {
			pipe.Do(ctx, c...)
		}
		card := pipe.ZCard(ctx, key)
		_, err = pipe.Exec(ctx)
		n = card.Val()
	} else {
		for _, c := range commands {
			if n, err = p.conn.Client.Do(ctx, c...).Int64(); err != nil {
				break
			}
		}
	}
	if err != nil {
		return 0, fmt.Errorf("count in the sorted set of %s: %w", service, err)
	}
	return n, nil
}

// fill counts this many reports in batches and returns the bytes that Redis
// needs for them.
func (p plain) fill(ctx context.Context, reports int, start time.Time) (float64, error) {
	before, err := p.conn.UsedMemory(ctx)
	if err != nil {
		return 0, err
	}
	key := p.conn.Key(0, "plain:whatsapp")
	for done := 0; done < reports; {
		pipe := p.conn.Client.Pipeline()
		for range min(batch, reports-done) {
			pipe.Do(ctx, "ZADD", key, due(start, done, reports).UnixMilli(), uuid.NewString())
			done++
		}
		if _, err := pipe.Exec(ctx); err != nil {
			return 0, fmt.Errorf("fill a sorted set: %w", err)
		}
	}
	after, err := p.conn.UsedMemory(ctx)
	if err != nil {
		return 0, err
	}
	return after - before, p.conn.Client.Del(ctx, key).Err()
}

const (
	batch = 1000
	// crowdTime is the time in which the reports arrive whose memory is compared.
	crowdTime = 15 * time.Minute
)

// due returns the time at which report n arrives, of all of.
func due(start time.Time, n, of int) time.Time {
	return start.Add(crowdTime * time.Duration(n) / time.Duration(of))
}
