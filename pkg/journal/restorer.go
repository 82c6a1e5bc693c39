package journal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/streak"
	"github.com/outcry/outcry/pkg/window"
)

// checkPause is the time between two checks for partitions whose windows are lost.
const checkPause = time.Second

// ArchiveReader returns what lost windows held: archived reports that were counted
// in another epoch than the given one. Its methods call each with some at a time.
type ArchiveReader interface {
	// LostReports passes on the reports that were received at since or later.
	LostReports(ctx context.Context, e Epoch, since time.Time, each func([]report.Report) error) error
	// LostBuckets passes on the counts of reports that name a minute at from or
	// later and were received before the time before. Each bucket comes once.
	LostBuckets(ctx context.Context, e Epoch, from, before time.Time, each func([]ServiceBucket) error) error
	// KnownMinutes returns the minutes at from or later in which counting worked
	// in a partition.
	KnownMinutes(ctx context.Context, partition int, from time.Time) ([]time.Time, error)
}

// Restorer brings the windows of partitions back from the archive after Redis lost
// them.
type Restorer struct {
	windows Windows
	archive ArchiveReader
	held    func() []int
	log     *slog.Logger
	streak  *streak.Streak
}

// NewRestorer returns a restorer of the partitions that held returns: those whose
// lease this process has.
func NewRestorer(windows Windows, archive ArchiveReader, held func() []int, log *slog.Logger) *Restorer {
	return &Restorer{windows: windows, archive: archive, held: held, log: log,
		streak: streak.New(log, slog.LevelError, "counts that Redis has lost cannot be restored from Postgres; it is tried again", "counts can be restored from Postgres again")}
}

// Run restores partitions that are not restored until ctx ends. It tries again
// after every failure and returns nil.
func (r *Restorer) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		err := r.restoreHeld(ctx)
		if ctx.Err() == nil {
			r.streak.Note(err)
		}
		pause(ctx, checkPause)
	}
	return nil
}

// restoreHeld restores each partition that this process holds and that is not
// restored. A failure in one of them does not stop the others.
func (r *Restorer) restoreHeld(ctx context.Context) error {
	var errs error
	began := time.Now()
	var total restored
	for _, partition := range r.held() {
		e, err := r.windows.Epoch(ctx, partition)
		if err == nil && !e.Restored {
			var one restored
			one, err = r.restore(ctx, e)
			total.add(one)
		}
		if errors.Is(err, ErrEpoch) || errors.Is(err, ErrNoEpoch) {
			continue // the next check finds the new epoch
		}
		errs = errors.Join(errs, err)
		if ctx.Err() != nil {
			break
		}
	}
	if total.partitions > 0 {
		r.log.Info("the counts in Redis were restored from Postgres", "partitions", total.partitions,
			"reports", total.reports, "buckets", total.buckets, "took", time.Since(began))
	}
	return errs
}

// restored is how much was brought back.
type restored struct{ partitions, reports, buckets int }

func (r *restored) add(other restored) {
	r.partitions += other.partitions
	r.reports += other.reports
	r.buckets += other.buckets
}

// restore brings back what the archive has of a partition. Minutes become known
// last, when their counts are complete.
func (r *Restorer) restore(ctx context.Context, e Epoch) (n restored, err error) {
	err = r.archive.LostReports(ctx, e, e.ReportsFrom(), func(batch []report.Report) error {
		n.reports += len(batch)
		return r.windows.RestoreReports(ctx, e, batch)
	})
	if err != nil {
		return n, fmt.Errorf("restore reports: %w", err)
	}
	from := e.Began.Add(-window.Retention)
	err = r.archive.LostBuckets(ctx, e, from, e.ReportsFrom(), func(batch []ServiceBucket) error {
		n.buckets += len(batch)
		return r.windows.RestoreBuckets(ctx, e, batch)
	})
	if err != nil {
		return n, fmt.Errorf("restore buckets: %w", err)
	}
	known, err := r.archive.KnownMinutes(ctx, e.Partition, from)
	if err != nil {
		return n, err
	}
	if err := r.windows.RestoreKnown(ctx, e, known); err != nil {
		return n, fmt.Errorf("restore known minutes: %w", err)
	}
	if err := r.windows.Restored(ctx, e); err != nil {
		return n, fmt.Errorf("mark partition %d as restored: %w", e.Partition, err)
	}
	n.partitions = 1
	return n, nil
}

// reconcile makes sure that entries that were just archived are in the windows. An
// entry of an earlier epoch was on its way when the windows were lost, and they
// may have been restored without it; reconcile then restores it. It returns the
// entries that are in the windows, and those it could not check or restore, with
// the error.
func (r *Restorer) reconcile(ctx context.Context, entries []Entry) (reconciled, unreconciled []Entry, err error) {
	var parts [window.Partitions][]Entry
	for _, e := range entries {
		parts[e.Partition] = append(parts[e.Partition], e)
	}
	for partition, entries := range parts {
		if len(entries) == 0 {
			continue
		}
		partitionErr := ErrEpoch
		for errors.Is(partitionErr, ErrEpoch) {
			partitionErr = r.reconcilePartition(ctx, partition, entries)
		}
		if partitionErr != nil {
			err = fmt.Errorf("restore entries that were on their way: %w", partitionErr)
			unreconciled = append(unreconciled, entries...)
		} else {
			reconciled = append(reconciled, entries...)
		}
	}
	return reconciled, unreconciled, err
}

// reconcilePartition does it for the entries of one partition. It fails with
// ErrEpoch if the windows are lost again meanwhile.
func (r *Restorer) reconcilePartition(ctx context.Context, partition int, entries []Entry) error {
	present, err := r.windows.Epoch(ctx, partition)
	if errors.Is(err, ErrNoEpoch) {
		return nil // when an epoch begins, all is restored from the archive
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Epoch == present.Number {
			continue
		}
		for _, rep := range e.Reports {
			if rep.Received.Before(present.ReportsFrom()) {
				_, err := r.restore(ctx, present) // a bucket is only restored as a whole
				return err
			}
		}
		if err := r.windows.RestoreReports(ctx, present, e.Reports); err != nil {
			return err
		}
		if err := r.windows.RestoreKnown(ctx, present, e.Known); err != nil {
			return err
		}
	}
	return nil
}
