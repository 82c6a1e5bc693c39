package redisstore

import (
	"context"
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

// Epoch returns the present epoch of a partition. The first report or beat after a
// loss begins it. Until then the error is journal.ErrNoEpoch.
func (s *Store) Epoch(ctx context.Context, partition int) (journal.Epoch, error) {
	e, err := s.readEpoch(ctx, partition)
	if err != nil {
		return journal.Epoch{}, fmt.Errorf("read the epoch of partition %d: %w", partition, err)
	}
	return e, nil
}

// readEpoch is Epoch without context in its errors.
func (s *Store) readEpoch(ctx context.Context, partition int) (journal.Epoch, error) {
	if err := s.conn.Ready(partition); err != nil {
		return journal.Epoch{}, err
	}
	ctx, cancel := withTimeout(ctx)
	defer cancel()
	fields, err := s.conn.Client.HGetAll(ctx, s.conn.Key(partition, keyEpoch)).Result()
	if err := s.conn.Observe(partition, err); err != nil {
		return journal.Epoch{}, err
	}
	n, err := strconv.ParseInt(fields["n"], 10, 64)
	began, beganErr := strconv.ParseInt(fields["b"], 10, 64)
	if err != nil || beganErr != nil {
		return journal.Epoch{}, journal.ErrNoEpoch
	}
	return journal.Epoch{Partition: partition, Number: n, Began: time.UnixMilli(began).UTC(), Restored: fields["r"] == "1"}, nil
}

// RestoreReports brings back reports one by one, in one step for maxCall reports.
func (s *Store) RestoreReports(ctx context.Context, e journal.Epoch, reports []report.Report) error {
	places := make([]int, len(reports))
	for i := range reports {
		places[i] = i
		if err := validate(&reports[i]); err != nil {
			return fmt.Errorf("restore a report: %w", err)
		}
	}
	for batch := range slices.Chunk(places, maxCall) {
		_, errs := s.eval(ctx, countScript, []call{s.newCall(restoring, e.Partition, reports, batch, nil, e.Number, e.Began)})
		if errs[0] != nil {
			return fmt.Errorf("restore %d reports: %w", len(batch), epochError(errs[0]))
		}
	}
	return nil
}

// epochError returns journal.ErrEpoch for the error of a script that an epoch is
// over, and any other error unchanged.
func epochError(err error) error {
	if answer := redis.Error(nil); errors.As(err, &answer) && redis.HasErrorPrefix(answer, "EPOCH") {
		return journal.ErrEpoch
	}
	return err
}

// RestoreBuckets sets the restored part of buckets.
func (s *Store) RestoreBuckets(ctx context.Context, e journal.Epoch, buckets []journal.ServiceBucket) error {
	symptoms, err := s.internSymptoms(ctx, e, buckets)
	if err != nil {
		return fmt.Errorf("restore buckets: %w", err)
	}
	for batch := range slices.Chunk(buckets, maxCall) {
		var d restoreDraft
		for _, b := range batch {
			d.setBucket(b, symptoms)
		}
		if err := s.restore(ctx, e, d); err != nil {
			return fmt.Errorf("restore %d buckets: %w", len(batch), err)
		}
	}
	return nil
}

// RestoreKnown sets minutes in which counting worked.
func (s *Store) RestoreKnown(ctx context.Context, e journal.Epoch, minutes []time.Time) error {
	for batch := range slices.Chunk(minutes, maxCall) {
		var d restoreDraft
		for _, at := range batch {
			d.setKnown(number(at, window.Width))
		}
		if err := s.restore(ctx, e, d); err != nil {
			return fmt.Errorf("restore %d known minutes: %w", len(batch), err)
		}
	}
	return nil
}

// restore runs restoreScript.
func (s *Store) restore(ctx context.Context, e journal.Epoch, d restoreDraft) error {
	c := call{partition: e.Partition, keys: []string{
		s.conn.Key(e.Partition, keyEpoch), s.conn.Key(e.Partition, keyIndex), s.conn.Key(e.Partition, keyActive),
	}}
	var spans []byte
	for _, sp := range d.spans.spans {
		c.keys = append(c.keys, s.conn.Key(e.Partition, sp.name))
		spans = appendSpan(spans, sp)
	}
	c.args = []any{strconv.FormatInt(e.Number, 10), int64(lasting / time.Second), spans}
	for _, set := range d.sets {
		c.args = append(c.args, set)
	}
	_, errs := s.eval(ctx, restoreScript, []call{c})
	return epochError(errs[0])
}

// restoreDraft collects what one call of restoreScript sets.
type restoreDraft struct {
	spans spanList
	sets  [][]byte
}

// setBucket sets a bucket, and that the service had problems in its minute.
func (d *restoreDraft) setBucket(b journal.ServiceBucket, symptoms map[string]uint16) {
	minute := number(b.Start, window.Width)
	field := string([]byte{byte(minute%minutesOfHour) + restoredMinute}) + b.Service
	set := restoreLayout.append(nil, num(restoreBucket), num(d.spans.of(minute/minutesOfHour, hourSpan)))
	set = append(restoreBucketLayout.append(set, num(len(field))), field...)
	for kind, counts := range [][]window.Count{report.Problem: b.Problems, report.Recovery: b.Recoveries, report.Visit: b.Visits} {
		for _, n := range counts {
			set = packCount(set, report.Kind(kind), countryNumber(n.Country), symptoms[n.Symptom], n.N)
		}
	}
	d.sets = append(d.sets, set)
	if len(b.Problems) > 0 {
		set := restoreActiveLayout.append(restoreLayout.append(nil, num(restoreActive), num(0)), num(minute))
		d.sets = append(d.sets, append(set, b.Service...))
	}
}

// setKnown sets a minute in which counting worked.
func (d *restoreDraft) setKnown(minute int64) {
	set := restoreLayout.append(nil, num(restoreKnown), num(d.spans.of(minute/minutesOfDay, knownSpan)))
	d.sets = append(d.sets, restoreKnownLayout.append(set, num(minute%minutesOfDay)))
}

// internSymptoms returns the numbers that the symptoms of buckets have in the
// partition. New symptoms get theirs from countScript, in a call without reports.
func (s *Store) internSymptoms(ctx context.Context, e journal.Epoch, buckets []journal.ServiceBucket) (map[string]uint16, error) {
	d := newDraft(0, s.unlimited)
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
		_, errs := s.eval(ctx, countScript, []call{s.fill(call{partition: e.Partition}, d, restoring, e.Number, e.Began)})
		if errs[0] != nil {
			return nil, epochError(errs[0])
		}
	}
	names, err := s.conn.Client.HGetAll(ctx, s.conn.Key(e.Partition, keySymptoms)).Result()
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

// Restored marks a partition as restored.
func (s *Store) Restored(ctx context.Context, e journal.Epoch) error {
	c := call{partition: e.Partition, keys: []string{s.conn.Key(e.Partition, keyEpoch)}, args: []any{strconv.FormatInt(e.Number, 10)}}
	_, errs := s.eval(ctx, restoredScript, []call{c})
	if errs[0] != nil {
		return fmt.Errorf("mark partition %d as restored: %w", e.Partition, epochError(errs[0]))
	}
	return nil
}
