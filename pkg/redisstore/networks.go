package redisstore

import (
	"context"
	"encoding/binary"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// Networks returns the networks of problems of a service that were received in the
// slices of the last span up to at.
func (s *Store) Networks(ctx context.Context, service string, at time.Time, span time.Duration) (window.NetworkCounts, error) {
	all, err := s.NetworksOf(ctx, []string{service}, at, span)
	if err != nil {
		return window.NetworkCounts{}, err
	}
	return all[0], nil
}

// NetworksOf returns Networks of each of services, in one round trip to each node.
func (s *Store) NetworksOf(ctx context.Context, services []string, at time.Time, span time.Duration) ([]window.NetworkCounts, error) {
	ctx, cancel := withTimeout(ctx)
	defer cancel()
	first, last := window.FirstSlice(at, span), window.SliceOf(at)
	pipe := s.conn.Client.Pipeline()
	slices := make([][]*redis.MapStringStringCmd, len(services))
	for i, service := range services {
		p := window.PartitionOf(service)
		if err := s.conn.Ready(p); err != nil {
			return nil, unavailable(fmt.Errorf("read networks of %s: %w", service, err))
		}
		for slice := first; slice <= last; slice++ {
			slices[i] = append(slices[i], pipe.HGetAll(ctx, s.conn.Key(p, netsSpan(int64(slice), service).name)))
		}
	}
	_, _ = pipe.Exec(ctx) // each answer has its own error
	all := make([]window.NetworkCounts, len(services))
	for i, service := range services {
		var tally window.Tally
		for n, slice := range slices[i] {
			counts, err := slice.Result()
			if err == nil {
				err = addSlice(&tally, first+window.Slice(n), counts)
			}
			if err := s.conn.Observe(window.PartitionOf(service), err); err != nil {
				return nil, unavailable(fmt.Errorf("read networks of %s: %w", service, err))
			}
		}
		all[i] = tally.Counts()
	}
	return all, nil
}

// addSlice adds the networks of a slice to tally. The field of a country and a
// network has its reports, and the field "" has the number of networks.
func addSlice(tally *window.Tally, slice window.Slice, counts map[string]string) error {
	for field, digits := range counts {
		n, err := strconv.ParseInt(digits, 10, 64)
		if err != nil {
			return fmt.Errorf("a network has %q reports", digits)
		}
		if len(field) == 10 {
			network := report.Network(binary.BigEndian.Uint64([]byte(field[2:])))
			tally.Add(window.Arrival{Slice: slice, Country: field[:2], Network: network, N: n})
		}
	}
	return nil
}
