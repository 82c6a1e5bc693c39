package cluster

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/outcry/outcry/pkg/monitor"
	"github.com/outcry/outcry/pkg/window"
)

// partsPerCall is how many parts of a tick are written or read with one wait for
// Redis, which answers nobody else meanwhile. With 20,000 services a part has 300.
const partsPerCall = 8

// partField returns the name of the field with the results of a partition at a tick.
func partField(at, partition string) string { return at + ":" + partition }

// SaveTick saves the results of the leader's tick at a time for the followers,
// by service. It replaces the tick before, which followers read until all of
// this one is saved.
func (c *Conclusions) SaveTick(ctx context.Context, term int64, at time.Time, services map[string]monitor.Assessment) error {
	calls, err := tickCalls(strconv.FormatInt(at.UnixMilli(), 10), services)
	for some := range slices.Chunk(calls, partsPerCall) {
		if err == nil {
			_, err = c.writeAll(ctx, term, some)
		}
	}
	if err != nil {
		return fmt.Errorf("save a tick of %d services: %w", len(services), err)
	}
	return nil
}

// tickCalls returns the arguments with which the script saves a tick: its parts, and
// last what makes it the last tick.
func tickCalls(at string, services map[string]monitor.Assessment) (calls [][]any, err error) {
	var byPartition [window.Partitions]map[string]monitor.Assessment
	for service, a := range services {
		n := window.PartitionOf(service)
		if byPartition[n] == nil {
			byPartition[n] = map[string]monitor.Assessment{}
		}
		byPartition[n][service] = a
	}
	var parts []string
	for n, some := range byPartition {
		if len(some) == 0 {
			continue
		}
		encoded, err := encode(some)
		if err != nil {
			return nil, err
		}
		parts = append(parts, strconv.Itoa(n))
		calls = append(calls, []any{"part", partField(at, strconv.Itoa(n)), encoded})
	}
	return append(calls, []any{"tick", at, strings.Join(parts, " ")}), nil
}

// LastTick returns the time and the results of the last tick, or the zero time
// if there was none. If the last tick is not after since, or is replaced while it is
// read, it returns since and no results.
func (c *Conclusions) LastTick(ctx context.Context, since time.Time) (at time.Time, services map[string]monitor.Assessment, err error) {
	head, err := c.tickFields(ctx, "at", "parts")
	if err != nil || head[0] == "" {
		return time.Time{}, nil, err
	}
	ms, err := strconv.ParseInt(head[0], 10, 64)
	if err != nil {
		return time.Time{}, nil, fmt.Errorf("the time of the last tick is %q, want milliseconds", head[0])
	}
	if at = time.UnixMilli(ms).UTC(); !at.After(since) {
		return since, nil, nil
	}
	services = map[string]monitor.Assessment{}
	for parts := range slices.Chunk(strings.Fields(head[1]), partsPerCall) {
		for i, part := range parts {
			parts[i] = partField(head[0], part)
		}
		encoded, err := c.tickFields(ctx, parts...)
		if err != nil {
			return time.Time{}, nil, fmt.Errorf("read the last tick: %w", err)
		}
		for _, text := range encoded {
			if text == "" {
				return since, nil, nil // the next one is there; the next look reads it
			}
			if err := decode(text, &services); err != nil { // adds the services of this part
				return time.Time{}, nil, fmt.Errorf("read the last tick: %w", err)
			}
		}
	}
	return at, services, nil
}

// tickFields returns fields of the last tick, "" for each that there is not.
func (c *Conclusions) tickFields(ctx context.Context, names ...string) ([]string, error) {
	texts := make([]string, len(names))
	err := c.call(ctx, func(ctx context.Context) error {
		values, err := c.conn.Client.HMGet(ctx, c.key(keyTick), names...).Result()
		for i, value := range values {
			texts[i], _ = value.(string) // nil is one that there is not
		}
		return err
	})
	return texts, err
}
