package redisstore

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/outcry/outcry/pkg/window"
)

// restoredMinute is added to the minute in the name of a field whose bucket was
// restored from the archive.
const restoredMinute = 64

// Buckets returns the buckets of a service that start in [from, to).
func (s *Store) Buckets(ctx context.Context, service string, from, to time.Time) ([]window.Bucket, error) {
	all, err := s.BucketsOf(ctx, []string{service}, from, to)
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

// BucketsOf returns the buckets that start in [from, to) for each of services,
// in one round trip to each node.
func (s *Store) BucketsOf(ctx context.Context, services []string, from, to time.Time) ([][]window.Bucket, error) {
	all := make([][]window.Bucket, len(services))
	first, end := number(from, window.Width), number(to, window.Width)
	if first >= end || len(services) == 0 {
		return all, nil
	}
	var parts [window.Partitions][]int
	for i, service := range services {
		p := window.PartitionOf(service)
		parts[p] = append(parts[p], i)
	}
	var reads []*bucketRead
	for p, places := range parts {
		if len(places) == 0 {
			continue
		}
		if err := s.conn.Ready(p); err != nil {
			return nil, unavailable(fmt.Errorf("read buckets: %w", err))
		}
		reads = append(reads, &bucketRead{partition: p, places: places})
	}
	ctx, cancel := withTimeout(ctx)
	defer cancel()
	pipe := s.conn.Client.Pipeline()
	for _, r := range reads {
		r.start(ctx, s, pipe, services, first, end)
	}
	_, _ = pipe.Exec(ctx) // each answer has its own error
	for _, r := range reads {
		if err := s.conn.Observe(r.partition, r.finish(first, end, all)); err != nil {
			return nil, unavailable(fmt.Errorf("read buckets: %w", err))
		}
	}
	return all, nil
}

// bucketRead reads the buckets of some services of one partition.
type bucketRead struct {
	partition int
	places    []int // in the list of services
	symptoms  *redis.MapStringStringCmd
	known     map[int64]*redis.StringCmd // by day
	hours     []hourRead
}

// hourRead reads the minutes [first, end) of one hour. fields has two values for
// each service and minute: what was counted and what was restored.
type hourRead struct {
	first, end int64
	fields     *redis.SliceCmd
}

// start adds the commands that read the minutes [first, end) to pipe.
func (r *bucketRead) start(ctx context.Context, s *Store, pipe redis.Pipeliner, services []string, first, end int64) {
	r.symptoms = pipe.HGetAll(ctx, s.conn.Key(r.partition, keySymptoms))
	r.known = map[int64]*redis.StringCmd{}
	for d := first / minutesOfDay; d <= (end-1)/minutesOfDay; d++ {
		r.known[d] = pipe.Get(ctx, s.conn.Key(r.partition, knownSpan(d).name))
	}
	for m := first; m < end; {
		h := hourRead{first: m, end: min(end, (m/minutesOfHour+1)*minutesOfHour)}
		fields := make([]string, 0, 2*int(h.end-h.first)*len(r.places))
		for _, i := range r.places {
			for ; m < h.end; m++ {
				at := byte(m % minutesOfHour)
				fields = append(fields, string([]byte{at})+services[i], string([]byte{at + restoredMinute})+services[i])
			}
			m = h.first
		}
		h.fields = pipe.HMGet(ctx, s.conn.Key(r.partition, hourSpan(h.first/minutesOfHour).name), fields...)
		r.hours = append(r.hours, h)
		m = h.end
	}
}

// finish writes the buckets that were read into all, by the places of their
// services.
func (r *bucketRead) finish(first, end int64, all [][]window.Bucket) error {
	names, err := r.symptoms.Result()
	if err != nil {
		return err
	}
	symptoms := make(map[uint16]string, len(names))
	for name, digits := range names {
		n, err := strconv.ParseUint(digits, 10, 16)
		if err != nil {
			return fmt.Errorf("a symptom has the number %q", digits)
		}
		symptoms[uint16(n)] = name
	}
	known := make([]bool, end-first)
	for d, answer := range r.known {
		bits, err := answer.Result()
		if err != nil && !errors.Is(err, redis.Nil) {
			return err
		}
		for m := max(first, d*minutesOfDay); m < min(end, (d+1)*minutesOfDay); m++ {
			bit := m % minutesOfDay
			known[m-first] = bit/8 < int64(len(bits)) && bits[bit/8]&(128>>(bit%8)) != 0
		}
	}
	for _, i := range r.places {
		all[i] = make([]window.Bucket, end-first)
		for n := range all[i] {
			all[i][n] = window.Bucket{Start: window.Minute(first + int64(n)).Start(), Known: known[n]}
		}
	}
	for _, h := range r.hours {
		fields, err := h.fields.Result()
		if err != nil {
			return err
		}
		n := 0
		for _, i := range r.places {
			for m := h.first; m < h.end; m++ {
				b := &all[i][m-first]
				counted, _ := fields[n].(string)
				restored, _ := fields[n+1].(string)
				n += 2
				if err := unpack(counted, symptoms, b); err != nil {
					return err
				}
				if err := merge(restored, symptoms, b); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
