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

// lookPause is between two looks for partitions whose windows are lost.
const lookPause = time.Second

// Lost is what the archive has of windows that are lost: reports counted in
// another epoch than the one it is asked for. It calls each with some at a time.
type ArchiveReader interface {
	// LostReports gives the reports that were received at since or later.
	LostReports(ctx context.Context, e Epoch, since time.Time, each func([]report.Report) error) error
	// LostBuckets gives what reports that name a minute at from or later and were
	// received before before add to their buckets. No bucket comes twice.
	LostBuckets(ctx context.Context, e Epoch, from, before time.Time, each func([]ServiceBucket) error) error
	// KnownMinutes returns the minutes from from on in which a partition could
	// count.
	KnownMinutes(ctx context.Context, partition int, from time.Time) ([]time.Time, error)
}

// Restorer brings windows back from the archive after they were lost.
type Restorer struct {
	windows Windows
	archive ArchiveReader
	held    func() []int
	log     *slog.Logger
	streak  *streak.Streak
}

// NewRestorer returns a restorer of the partitions that held returns, which are
// of no other process at the time.
func NewRestorer(windows Windows, lost ArchiveReader, held func() []int, log *slog.Logger) *Restorer {
	return &Restorer{windows: windows, archive: lost, held: held, log: log,
		streak: streak.New(log, slog.LevelError, "windows cannot be restored; it is tried again", "restoring windows works again")}
}

// Run looks for partitions that are not restored, and restores them, until ctx
// ends.
func (r *Restorer) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		err := r.look(ctx)
		if ctx.Err() == nil {
			r.streak.Note(err)
		}
		pause(ctx, lookPause)
	}
	return nil
}

// look restores what this process should. One partition that cannot be
// restored keeps no other from it.
func (r *Restorer) look(ctx context.Context) error {
	var failed error
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
			continue // the next look finds the new one
		}
		failed = errors.Join(failed, err)
		if ctx.Err() != nil {
			break
		}
	}
	if total.partitions > 0 {
		r.log.Info("windows restored from the archive", "partitions", total.partitions,
			"reports", total.reports, "buckets", total.buckets, "took", time.Since(began))
	}
	return failed
}

// restored is how much was brought back.
type restored struct{ partitions, reports, buckets int }

func (r *restored) add(other restored) {
	r.partitions += other.partitions
	r.reports += other.reports
	r.buckets += other.buckets
}

// restore brings back what the archive has of a partition. The minutes become
// known last: before, they are incomplete.
func (r *Restorer) restore(ctx context.Context, e Epoch) (n restored, err error) {
	err = r.archive.LostReports(ctx, e, e.ReportsFrom(), func(some []report.Report) error {
		n.reports += len(some)
		return r.windows.RestoreReports(ctx, e, some)
	})
	if err != nil {
		return n, fmt.Errorf("restore reports: %w", err)
	}
	from := e.Began.Add(-window.Retention)
	err = r.archive.LostBuckets(ctx, e, from, e.ReportsFrom(), func(some []ServiceBucket) error {
		n.buckets += len(some)
		return r.windows.RestoreBuckets(ctx, e, some)
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
		return n, fmt.Errorf("end restoring partition %d: %w", e.Partition, err)
	}
	n.partitions = 1
	return n, nil
}

// reconcile looks whether entries that were just archived are of the present
// epoch of their partition. If not, the windows were lost while they were
// carried, and may have been restored without them: then they are now. It
// returns which entries are in the windows, and which could not be looked after.
func (r *Restorer) reconcile(ctx context.Context, entries []Entry) (whole, unlooked []Entry, failed error) {
	var parts [window.Partitions][]Entry
	for _, e := range entries {
		parts[e.Partition] = append(parts[e.Partition], e)
	}
	for partition, entries := range parts {
		if len(entries) == 0 {
			continue
		}
		err := ErrEpoch
		for errors.Is(err, ErrEpoch) {
			err = r.reconcilePartition(ctx, partition, entries)
		}
		if err != nil {
			failed = fmt.Errorf("restore what was on its way: %w", err)
			unlooked = append(unlooked, entries...)
		} else {
			whole = append(whole, entries...)
		}
	}
	return whole, unlooked, failed
}

func (r *Restorer) reconcilePartition(ctx context.Context, partition int, entries []Entry) error {
	present, err := r.windows.Epoch(ctx, partition)
	if errors.Is(err, ErrNoEpoch) {
		return nil // it is restored when it has one, from the archive
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Epoch == present.Number {
			continue
		}
		for _, one := range e.Reports {
			if one.Received.Before(present.ReportsFrom()) {
				_, err := r.restore(ctx, present) // its bucket must be restored as a whole
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
