package archive

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/outcry/outcry/pkg/journal"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// restoreBatch is how many reports or buckets are read at once.
const restoreBatch = 1_000

// LostReports calls each with the archived reports of e's partition that were
// received at since or later and counted in another epoch than e, in batches of
// at most restoreBatch.
func (p *Postgres) LostReports(ctx context.Context, e journal.Epoch, since time.Time, each func([]report.Report) error) error {
	var batch []report.Report
	err := p.eachService(ctx, e.Partition, func(pool *sql.DB, service int64, slug string) error {
		rows, err := pool.QueryContext(ctx, `SELECT r.id, c.kind, c.country, c.symptom, r.minute, r.received, r.address, r.device, r.network
			FROM reports r JOIN cells c ON c.id = r.cell
			WHERE r.service = $1 AND r.day >= $2 AND r.received >= $3 AND r.epoch <> $4`,
			service, window.MinuteOf(since.Add(-report.MaxDelay)).Day(), since.UnixMilli(), e.Number)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			r := report.Report{Service: slug}
			var id string
			var minute window.Minute
			var received, address, device, network int64
			if err := rows.Scan(&id, &r.Kind, &r.Country, &r.Symptom, &minute, &received, &address, &device, &network); err != nil {
				return err
			}
			if r.ID, err = uuid.Parse(id); err != nil {
				return err
			}
			r.Minute, r.Received = minute.Start(), milliTime(received)
			r.Reporter = report.Reporter{Address: uint64(address), Device: uint64(device)}
			r.Network = report.Network(network)
			if batch = append(batch, r); len(batch) == restoreBatch {
				if err := each(batch); err != nil {
					return err
				}
				batch = nil
			}
		}
		return rows.Err()
	})
	if err == nil && len(batch) > 0 {
		err = each(batch)
	}
	if err != nil {
		return fmt.Errorf("read lost reports of partition %d: %w", e.Partition, err)
	}
	return nil
}

// LostBuckets calls each with the counts of the archived reports of e's partition
// that name a minute at from or later, were received before before and were
// counted in another epoch than e. The counts come as buckets, in batches of at
// most restoreBatch. No bucket comes twice.
func (p *Postgres) LostBuckets(ctx context.Context, e journal.Epoch, from, before time.Time, each func([]journal.ServiceBucket) error) error {
	var batch []journal.ServiceBucket
	err := p.eachService(ctx, e.Partition, func(pool *sql.DB, service int64, slug string) error {
		first := window.FirstMinute(from)
		rows, err := pool.QueryContext(ctx, `SELECT r.minute, c.kind, c.country, c.symptom, r.n FROM
			(SELECT minute, cell, COUNT(*) AS n FROM reports
				WHERE service = $1 AND day >= $2 AND minute >= $3 AND received < $4 AND epoch <> $5 GROUP BY minute, cell) AS r
			JOIN cells c ON c.id = r.cell ORDER BY r.minute`,
			service, first.Day(), first, before.UnixMilli(), e.Number)
		if err != nil {
			return err
		}
		defer rows.Close()
		var bucket *journal.ServiceBucket
		for rows.Next() {
			var minute window.Minute
			var kind report.Kind
			var count window.Count
			if err := rows.Scan(&minute, &kind, &count.Country, &count.Symptom, &count.N); err != nil {
				return err
			}
			start := minute.Start()
			if bucket == nil || !bucket.Start.Equal(start) {
				if len(batch) >= restoreBatch {
					if err := each(batch); err != nil {
						return err
					}
					batch = nil
				}
				batch = append(batch, journal.ServiceBucket{Service: slug, Bucket: window.Bucket{Start: start}})
				bucket = &batch[len(batch)-1]
			}
			switch kind {
			case report.Problem:
				bucket.Problems = append(bucket.Problems, count)
			case report.Recovery:
				bucket.Recoveries = append(bucket.Recoveries, count)
			}
		}
		return rows.Err()
	})
	if err == nil && len(batch) > 0 {
		err = each(batch)
	}
	if err != nil {
		return fmt.Errorf("read lost buckets of partition %d: %w", e.Partition, err)
	}
	return nil
}

// KnownMinutes returns the minutes at from or later in which counting worked in a
// partition, in their order.
func (p *Postgres) KnownMinutes(ctx context.Context, partition int, from time.Time) ([]time.Time, error) {
	var minutes []window.Minute
	err := p.readDB.WithContext(ctx).Raw(`SELECT minute FROM beats WHERE partition = ? AND minute >= ? ORDER BY minute`,
		partition, window.FirstMinute(from)).Scan(&minutes).Error
	if err != nil {
		return nil, fmt.Errorf("read known minutes of partition %d: %w", partition, err)
	}
	known := make([]time.Time, len(minutes))
	for i, m := range minutes {
		known[i] = m.Start()
	}
	return known, nil
}

// eachService calls f with the ID and the slug of each service of a partition.
func (p *Postgres) eachService(ctx context.Context, partition int, f func(pool *sql.DB, service int64, slug string) error) error {
	pool, err := p.readDB.DB()
	if err != nil {
		return err
	}
	var services []struct {
		ID   int64
		Slug string
	}
	if err := p.readDB.WithContext(ctx).Raw(`SELECT id, slug FROM services ORDER BY id`).Scan(&services).Error; err != nil {
		return fmt.Errorf("list services: %w", err)
	}
	for _, s := range services {
		if window.PartitionOf(s.Slug) != partition {
			continue
		}
		if err := f(pool, s.ID, s.Slug); err != nil {
			return err
		}
	}
	return nil
}
