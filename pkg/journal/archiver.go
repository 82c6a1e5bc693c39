package journal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"time"

	"github.com/outcry/outcry/pkg/streak"
	"github.com/outcry/outcry/pkg/window"
)

const (
	// entriesAtOnce bounds what a process holds: so many entries of each
	// partition, and an entry is at most what one batch of ingest counted.
	entriesAtOnce = 32
	// reportsAtOnce is about how many reports one transaction archives.
	reportsAtOnce = 4_000
	// archiveTime bounds one transaction: a database that hangs is away.
	archiveTime = 15 * time.Second
	// idlePause is between two looks for entries while there are none, and
	// gatherPause while they are few: a look and a transaction cost as much as
	// some hundred reports, so that reports had better come together.
	idlePause   = 250 * time.Millisecond
	gatherPause = 50 * time.Millisecond
	// claimPause is between two looks for what a process left when it died, and
	// claimIdle is how long it must have lain there: longer than a transaction.
	claimPause = 5 * time.Second
	claimIdle  = archiveTime + 5*time.Second
	// measurePause is between two looks at the backlog, and settlePause between two
	// tries to acknowledge what a partition that did not answer had handed out.
	measurePause = 2 * time.Second
	settlePause  = 2 * time.Second
	// mostUnsettled bounds the entries that are archived and could not be
	// acknowledged: two hand-outs, new ones and claimed ones.
	mostUnsettled = 2 * entriesAtOnce * window.Partitions
	// drainTime bounds how long a process that ends goes on carrying. What it
	// leaves others carry, or it does itself when it starts again.
	drainTime = 5 * time.Second
	// After a failure the next try is this long away, and twice as long each
	// time it fails again, up to the longest.
	firstRetry, longestRetry = 250 * time.Millisecond, 5 * time.Second
)

// Archive is what the carrier needs of the archive.
type ArchiveWriter interface {
	// AddEntries archives entries, all or nothing. It does nothing with what it
	// has already.
	AddEntries(ctx context.Context, entries []Entry) error
}

// Carrier carries entries from a source to an archive: it acknowledges what a
// transaction has committed, and nothing else. While the archive is away it
// holds what it was handed and tries again; everything else waits at the
// source. Any number of processes may carry from one source to one archive.
type Archiver struct {
	source   Source
	archive  ArchiveWriter
	restorer *Restorer
	log      *slog.Logger

	pending   []Entry // handed out and not yet archived
	archived  []Entry // archived and not acknowledged: their partition did not answer
	settleAt  time.Time
	claimAt   time.Time
	measureAt time.Time
	streak    *streak.Streak

	totals archiverTotals
}

type archiverTotals struct {
	reports, entries, failures atomic.Int64
	backlog                    atomic.Pointer[Backlog]
}

// Stats are totals since the start, and the backlog when it was last looked at.
type Stats struct {
	Reports  int64 // archived by this process
	Entries  int64 // acknowledged by this process
	Failures int64 // tries that failed
	Backlog  *Backlog
}

// NewCarrier returns a carrier. What it finds to be of windows that are lost it
// has restorer bring back.
func NewArchiver(source Source, archive ArchiveWriter, restorer *Restorer, log *slog.Logger) *Archiver {
	return &Archiver{source: source, archive: archive, restorer: restorer, log: log,
		streak: streak.New(log, slog.LevelError, "archiving fails and is tried again; reports wait in the journal", "archiving works again")}
}

// Stats returns the totals. Backlog is nil while nobody knows it.
func (c *Archiver) Stats() Stats {
	return Stats{
		Reports: c.totals.reports.Load(), Entries: c.totals.entries.Load(), Failures: c.totals.failures.Load(),
		Backlog: c.totals.backlog.Load(),
	}
}

// Run carries until ctx ends, and then for a moment more what is still there.
// It never gives up: an archive or a source that is away comes back.
func (c *Archiver) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		n, few, err := c.round(ctx, time.Now())
		if ctx.Err() != nil {
			break // err says only that
		}
		if err != nil {
			c.totals.failures.Add(1)
		}
		c.streak.Note(err)
		switch {
		case err != nil && n == 0: // else others go on meanwhile
			pause(ctx, c.retryIn())
		case n == 0:
			pause(ctx, idlePause)
		case few:
			pause(ctx, gatherPause)
		}
	}
	return c.drain(context.WithoutCancel(ctx))
}

// drain carries the last of it. Others may go on counting, and carrying, so that
// a round which found little was the last.
func (c *Archiver) drain(ctx context.Context) error {
	end := time.Now().Add(drainTime)
	ctx, cancel := context.WithDeadline(ctx, end)
	defer cancel()
	for now := time.Now(); now.Before(end.Add(-drainTime / 2)); now = time.Now() {
		n, few, err := c.round(ctx, now)
		if err != nil {
			c.log.Warn("the last reports are archived by another process, or at the next start", "error", err)
			return nil
		}
		if n == 0 || few {
			return nil
		}
	}
	return nil
}

// round carries what there is, once, and returns how many entries it carried,
// and whether more could have gone with them. An error may be of some of them.
func (c *Archiver) round(ctx context.Context, now time.Time) (n int, few bool, err error) {
	c.measure(ctx, now)
	if len(c.archived) > 0 && !now.Before(c.settleAt) {
		c.settleAt = now.Add(settlePause)
		late := c.archived
		c.archived = nil
		err = c.settle(ctx, late)
	}
	if len(c.archived) >= mostUnsettled {
		return 0, false, err // it was handed more than it gets rid of
	}
	if len(c.pending) == 0 {
		if unread := c.fetch(ctx, now); unread != nil {
			return 0, false, errors.Join(err, unread)
		}
	}
	few = areFew(c.pending)
	for len(c.pending) > 0 {
		some := c.pending[:atOnce(c.pending)]
		if failed := c.archiveInTime(ctx, some); failed != nil {
			return n, false, errors.Join(err, failed)
		}
		c.pending = c.pending[len(some):]
		n += len(some)
		err = errors.Join(err, c.settle(ctx, some))
	}
	c.pending = nil
	return n, few, err
}

// areFew tells whether entries are less than one transaction archives, and all
// that there were.
func areFew(entries []Entry) bool {
	var reports int
	var of [window.Partitions]int
	for _, e := range entries {
		reports += len(e.Reports)
		of[e.Partition]++
	}
	return reports < reportsAtOnce && slices.Max(of[:]) < entriesAtOnce
}

// fetch has itself handed entries: new ones, and from time to time those that a
// dead process was handed.
func (c *Archiver) fetch(ctx context.Context, now time.Time) (err error) {
	if c.pending, err = c.source.Next(ctx, allPartitions, entriesAtOnce); err != nil {
		return fmt.Errorf("read the journal: %w", err)
	}
	if now.Before(c.claimAt) {
		return nil
	}
	left, err := c.source.Claim(ctx, allPartitions, claimIdle, entriesAtOnce)
	c.pending = append(c.pending, left...)
	if err != nil {
		return fmt.Errorf("claim what another process left: %w", err)
	}
	if len(left) > 0 {
		c.log.Warn("took over what another process was handed and did not archive", "entries", len(left))
		return nil // there may be more
	}
	c.claimAt = now.Add(jitter(claimPause))
	return nil
}

func (c *Archiver) archiveInTime(ctx context.Context, entries []Entry) error {
	ctx, cancel := context.WithTimeout(ctx, archiveTime)
	defer cancel()
	return c.archive.AddEntries(ctx, entries)
}

// settle acknowledges entries that are archived, and brings back those whose
// windows were lost meanwhile. What it cannot settle, because a partition does
// not answer, keeps the others from nothing.
func (c *Archiver) settle(ctx context.Context, entries []Entry) error {
	whole, unlooked, err := c.restorer.reconcile(ctx, entries)
	unacknowledged, failed := c.source.Done(ctx, whole)
	if failed != nil {
		err = errors.Join(err, fmt.Errorf("acknowledge what is archived: %w", failed))
	}
	c.archived = append(append(c.archived, unlooked...), unacknowledged...)
	c.totals.entries.Add(int64(len(entries) - len(unlooked) - len(unacknowledged)))
	c.totals.reports.Add(reportsOf(entries) - reportsOf(unlooked) - reportsOf(unacknowledged))
	return err
}

func reportsOf(entries []Entry) (n int64) {
	for _, e := range entries {
		n += int64(len(e.Reports))
	}
	return n
}

// measure looks at the backlog from time to time. While a part of it cannot be
// seen, nobody knows it, which is what Stats tells.
func (c *Archiver) measure(ctx context.Context, now time.Time) {
	if now.Before(c.measureAt) {
		return
	}
	c.measureAt = now.Add(measurePause)
	if backlog, err := c.source.Backlog(ctx); err != nil {
		c.totals.backlog.Store(nil)
	} else {
		c.totals.backlog.Store(&backlog)
	}
}

// retryIn grows with the failures in a row.
func (c *Archiver) retryIn() time.Duration {
	d, failures := firstRetry, c.streak.Failures()
	for n := 1; n < failures && d < longestRetry; n++ {
		d *= 2
	}
	return jitter(min(d, longestRetry))
}

// atOnce is how many entries the next transaction archives, at least one.
func atOnce(entries []Entry) int {
	reports := 0
	for n, e := range entries {
		if reports += len(e.Reports); n > 0 && reports > reportsAtOnce {
			return n
		}
	}
	return len(entries)
}

// jitter is between half of d and d, so that processes that began together do
// not go on together.
func jitter(d time.Duration) time.Duration { return d/2 + rand.N(d/2) }

// pause waits, or less if ctx ends.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

var allPartitions = func() []int {
	all := make([]int, window.Partitions)
	for i := range all {
		all[i] = i
	}
	return all
}()
