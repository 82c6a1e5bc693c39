package redisstore

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/outcry/outcry/pkg/journal"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

var _ journal.Windows = (*Store)(nil)

// Epoch returns the present epoch of a partition. The first report or beat
// after a loss begins it; until then the error is journal.ErrNoEpoch.
func (s *Store) Epoch(ctx context.Context, partition int) (journal.Epoch, error) {
	e, err := s.readEpoch(ctx, partition)
	if err != nil {
		return journal.Epoch{}, fmt.Errorf("read the epoch of partition %d: %w", partition, err)
	}
	return e, nil
}

func (s *Store) readEpoch(ctx context.Context, partition int) (journal.Epoch, error) {
	if err := s.conn.Ready(partition); err != nil {
		return journal.Epoch{}, err
	}
	ctx, cancel := withTimeout(ctx)
	defer cancel()
	fields, err := s.conn.HGetAll(ctx, s.conn.Key(partition, keyEpoch)).Result()
	if err := s.conn.Observe(partition, err); err != nil {
		return journal.Epoch{}, err
	}
	n, err := strconv.ParseInt(fields["n"], 10, 64)
	began, err2 := strconv.ParseInt(fields["b"], 10, 64)
	if err != nil || err2 != nil {
		return journal.Epoch{}, journal.ErrNoEpoch
	}
	return journal.Epoch{Partition: partition, Number: n, Began: time.UnixMilli(began).UTC(), Restored: fields["r"] == "1"}, nil
}

// RestoreReports brings back reports one by one, in one step for each 1,000.
func (s *Store) RestoreReports(ctx context.Context, e journal.Epoch, reports []report.Report) error {
	places := make([]int, len(reports))
	for i := range reports {
		places[i] = i
		if err := validate(&reports[i]); err != nil {
			return fmt.Errorf("restore a report: %w", err)
		}
	}
	for some := range slices.Chunk(places, maxCall) {
		_, errs := s.eval(ctx, countScript, []call{s.newCall(restoring, e.Partition, reports, some, nil, e.Number, e.Began)})
		if errs[0] != nil {
			return fmt.Errorf("restore %d reports: %w", len(some), epochError(errs[0]))
		}
	}
	return nil
}

// epochError turns the script's way to say that an epoch is over into ours.
func epochError(err error) error {
	if answer := redis.Error(nil); errors.As(err, &answer) && redis.HasErrorPrefix(answer, "EPOCH") {
		return journal.ErrEpoch
	}
	return err
}

// What restore.lua sets.
const (
	setBucket = 'B'
	setKnown  = 'K'
	setActive = 'A'
)

// restoreCall collects what one call of restore.lua sets.
type restoreCall struct {
	spans spanList
	sets  [][]byte
}

// RestoreBuckets sets what is restored of buckets.
func (s *Store) RestoreBuckets(ctx context.Context, e journal.Epoch, buckets []journal.ServiceBucket) error {
	numbers, err := s.internSymptoms(ctx, e, buckets)
	if err != nil {
		return fmt.Errorf("restore buckets: %w", err)
	}
	for some := range slices.Chunk(buckets, maxCall) {
		var c restoreCall
		for _, b := range some {
			minute := number(b.Start, window.Width)
			field := string([]byte{byte(minute%minutesOfHour) + restoredMinute}) + b.Service
			set := c.set(setBucket, c.spans.of(minute/minutesOfHour, hourSpan))
			set = append(append(set, byte(len(field))), field...)
			for kind, counts := range [][]window.Count{report.Problem: b.Problems, report.Recovery: b.Recoveries, report.Visit: b.Visits} {
				for _, n := range counts {
					set = packCell(set, report.Kind(kind), countryNumber(n.Country), numbers[n.Symptom], n.N)
				}
			}
			c.sets = append(c.sets, set)
			if len(b.Problems) > 0 {
				set := binary.BigEndian.AppendUint32(c.set(setActive, 0), uint32(minute))
				c.sets = append(c.sets, append(set, b.Service...))
			}
		}
		if err := s.restore(ctx, e, c); err != nil {
			return fmt.Errorf("restore %d buckets: %w", len(some), err)
		}
	}
	return nil
}

// RestoreKnown sets minutes in which counting worked.
func (s *Store) RestoreKnown(ctx context.Context, e journal.Epoch, minutes []time.Time) error {
	for some := range slices.Chunk(minutes, maxCall) {
		var c restoreCall
		for _, at := range some {
			const minutesOfDay = int64(day / window.Width)
			minute := number(at, window.Width)
			set := c.set(setKnown, c.spans.of(minute/minutesOfDay, knownSpan))
			c.sets = append(c.sets, binary.BigEndian.AppendUint16(set, uint16(minute%minutesOfDay)))
		}
		if err := s.restore(ctx, e, c); err != nil {
			return fmt.Errorf("restore %d known minutes: %w", len(some), err)
		}
	}
	return nil
}

func (c *restoreCall) set(what byte, key uint16) []byte {
	return binary.BigEndian.AppendUint16([]byte{what}, key)
}

// restore runs restore.lua.
func (s *Store) restore(ctx context.Context, e journal.Epoch, c restoreCall) error {
	out := call{partition: e.Partition, keys: []string{
		s.conn.Key(e.Partition, keyEpoch), s.conn.Key(e.Partition, keyIndex), s.conn.Key(e.Partition, keyActive),
	}}
	var spans []byte
	for _, sp := range c.spans.spans {
		out.keys = append(out.keys, s.conn.Key(e.Partition, sp.name))
		spans = appendSpan(spans, sp)
	}
	out.args = []any{strconv.FormatInt(e.Number, 10), int64(lasting / time.Second), spans}
	for _, set := range c.sets {
		out.args = append(out.args, set)
	}
	_, errs := s.eval(ctx, restoreScript, []call{out})
	return epochError(errs[0])
}

// internSymptoms returns the numbers that the symptoms of buckets have in the
// partition. Those that have none get one the way a report gives it to them, by a
// call that counts nothing.
func (s *Store) internSymptoms(ctx context.Context, e journal.Epoch, buckets []journal.ServiceBucket) (map[string]uint16, error) {
	var d draft
	for _, b := range buckets {
		for _, counts := range [][]window.Count{b.Problems, b.Recoveries, b.Visits} {
			for _, c := range counts {
				if c.Symptom != "" {
					d.symptoms.of(c.Symptom)
				}
				if err := validate(&report.Report{Country: c.Country, Service: b.Service, Symptom: c.Symptom}); err != nil {
					return nil, err
				}
			}
		}
	}
	if len(d.symptoms.names) > 0 {
		_, errs := s.eval(ctx, countScript, []call{s.finish(&d, call{partition: e.Partition}, restoring, nil, e.Number, e.Began)})
		if errs[0] != nil {
			return nil, epochError(errs[0])
		}
	}
	names, err := s.conn.HGetAll(ctx, s.conn.Key(e.Partition, keySymptoms)).Result()
	if err := s.conn.Observe(e.Partition, err); err != nil {
		return nil, err
	}
	numbers := map[string]uint16{}
	for name, digits := range names {
		n, err := strconv.ParseUint(digits, 10, 16)
		if err != nil {
			return nil, fmt.Errorf("a symptom has the number %q", digits)
		}
		numbers[name] = uint16(n)
	}
	return numbers, nil
}

// Restored notes that a partition is whole again.
func (s *Store) Restored(ctx context.Context, e journal.Epoch) error {
	c := call{partition: e.Partition, keys: []string{s.conn.Key(e.Partition, keyEpoch)}, args: []any{strconv.FormatInt(e.Number, 10)}}
	_, errs := s.eval(ctx, restoredScript, []call{c})
	if errs[0] != nil {
		return fmt.Errorf("note that partition %d is restored: %w", e.Partition, epochError(errs[0]))
	}
	return nil
}

var restoredScript = redis.NewScript(`#!lua
if redis.call('HGET', KEYS[1], 'n') ~= ARGV[1] then return redis.error_reply('EPOCH is over') end
return redis.call('HSET', KEYS[1], 'r', '1')`)
