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
	// entriesAtOnce limits the entries of one partition that a process holds. An
	// entry has at most the reports of one batch of ingest.
	entriesAtOnce = 32
	// reportsAtOnce is about how many reports one transaction archives.
	reportsAtOnce = 4_000
	// archiveTimeout limits one transaction.
	archiveTimeout = 15 * time.Second
	// idlePause is the time between two rounds while there are no entries, and
	// gatherPause while there are few: a round costs as much as some hundred
	// reports, so it is cheaper to archive them together.
	idlePause   = 250 * time.Millisecond
	gatherPause = 50 * time.Millisecond
	// claimPause is the time between two claims of entries that a dead process
	// left. claimIdle is how long they must have been handed out: longer than a
	// transaction takes.
	claimPause = 5 * time.Second
	claimIdle  = archiveTimeout + 5*time.Second
	// measurePause is the time between two measurements of the backlog.
	measurePause = 2 * time.Second
	// settlePause is the time between two tries to acknowledge entries of a
	// partition that did not answer.
	settlePause = 2 * time.Second
	// maxUnsettled limits the entries that are archived and not acknowledged: as
	// many as one Next and one Claim hand out.
	maxUnsettled = 2 * entriesAtOnce * window.Partitions
	// drainTime limits how long a process goes on archiving when it stops. Entries
	// that it leaves are archived by other processes, or after its next start.
	drainTime = 5 * time.Second
	// minRetry is the pause after the first failure. It doubles with each further
	// failure in a row, up to maxRetry.
	minRetry, maxRetry = 250 * time.Millisecond, 5 * time.Second
)

// ArchiveWriter is where an Archiver puts entries.
type ArchiveWriter interface {
	// AddEntries archives all entries or none. It skips reports that it has
	// already.
	AddEntries(ctx context.Context, entries []Entry) error
}

// Archiver moves entries from a source to an archive. It acknowledges an entry
// only after the transaction that archived it has committed. While the archive
// is unavailable it keeps the entries it was handed and tries again; all others
// wait at the source. Any number of processes may archive from one source.
type Archiver struct {
	source   Source
	archive  ArchiveWriter
	restorer *Restorer
	log      *slog.Logger

	pending   []Entry // handed out and not archived
	unsettled []Entry // archived and not acknowledged: their partition did not answer
	settleAt  time.Time
	claimAt   time.Time
	measureAt time.Time
	streak    *streak.Streak

	totals archiverTotals
}

// archiverTotals are what Stats returns, for concurrent use.
type archiverTotals struct {
	reports, entries, failures atomic.Int64
	backlog                    atomic.Pointer[Backlog]
}

// Stats are totals since the start, and the latest backlog.
type Stats struct {
	Reports  int64    // archived by this process
	Entries  int64    // acknowledged by this process
	Failures int64    // rounds that failed
	Backlog  *Backlog // nil while it is not known
}

// NewArchiver returns an archiver. It has restorer bring back entries whose
// windows were lost while they were on their way.
func NewArchiver(source Source, archive ArchiveWriter, restorer *Restorer, log *slog.Logger) *Archiver {
	return &Archiver{source: source, archive: archive, restorer: restorer, log: log,
		streak: streak.New(log, slog.LevelError, "reports cannot be archived in Postgres; they wait in Redis", "reports are archived again")}
}

// Stats returns what was archived so far.
func (a *Archiver) Stats() Stats {
	return Stats{
		Reports: a.totals.reports.Load(), Entries: a.totals.entries.Load(), Failures: a.totals.failures.Load(),
		Backlog: a.totals.backlog.Load(),
	}
}

// Run archives until ctx ends, and then for up to drainTime what is left. It
// tries again after every failure and returns nil.
func (a *Archiver) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		n, few, err := a.round(ctx, time.Now())
		if ctx.Err() != nil {
			break // err is about ctx only
		}
		if err != nil {
			a.totals.failures.Add(1)
		}
		a.streak.Note(err)
		switch {
		case err != nil && n == 0: // with n > 0 other partitions go on
			pause(ctx, a.retryPause())
		case n == 0:
			pause(ctx, idlePause)
		case few:
			pause(ctx, gatherPause)
		}
	}
	return a.drain(context.WithoutCancel(ctx))
}

// drain archives what is left. Other processes may go on counting and archiving,
// so it ends after a round that found few entries.
func (a *Archiver) drain(ctx context.Context) error {
	end := time.Now().Add(drainTime)
	ctx, cancel := context.WithDeadline(ctx, end)
	defer cancel()
	for now := time.Now(); now.Before(end.Add(-drainTime / 2)); now = time.Now() {
		n, few, err := a.round(ctx, now)
		if err != nil {
			a.log.Warn("stopped before all reports were archived; another process or the next start archives them", "error", err)
			return nil
		}
		if n == 0 || few {
			return nil
		}
	}
	return nil
}

// round archives the entries that wait. It returns how many it archived, and
// whether they were few enough to wait for more. With an error some entries may
// be archived nevertheless.
func (a *Archiver) round(ctx context.Context, now time.Time) (n int, few bool, err error) {
	a.measure(ctx, now)
	if len(a.unsettled) > 0 && !now.Before(a.settleAt) {
		a.settleAt = now.Add(settlePause)
		unsettled := a.unsettled
		a.unsettled = nil
		err = a.settle(ctx, unsettled)
	}
	if len(a.unsettled) >= maxUnsettled {
		return 0, false, err // take no more before some are acknowledged
	}
	if len(a.pending) == 0 {
		if fetchErr := a.fetch(ctx, now); fetchErr != nil {
			return 0, false, errors.Join(err, fetchErr)
		}
	}
	few = areFew(a.pending)
	for len(a.pending) > 0 {
		batch := a.pending[:batchSize(a.pending)]
		if archiveErr := a.addEntries(ctx, batch); archiveErr != nil {
			return n, false, errors.Join(err, archiveErr)
		}
		a.pending = a.pending[len(batch):]
		n += len(batch)
		err = errors.Join(err, a.settle(ctx, batch))
	}
	a.pending = nil
	return n, few, err
}

// areFew reports whether entries are fewer than one transaction archives, and no
// partition was limited to entriesAtOnce.
func areFew(entries []Entry) bool {
	var reports int
	var byPartition [window.Partitions]int
	for _, e := range entries {
		reports += len(e.Reports)
		byPartition[e.Partition]++
	}
	return reports < reportsAtOnce && slices.Max(byPartition[:]) < entriesAtOnce
}

// fetch fills pending with new entries, and from time to time with entries that a
// dead process was handed.
func (a *Archiver) fetch(ctx context.Context, now time.Time) (err error) {
	if a.pending, err = a.source.Next(ctx, allPartitions, entriesAtOnce); err != nil {
		return fmt.Errorf("read the journal: %w", err)
	}
	if now.Before(a.claimAt) {
		return nil
	}
	claimed, err := a.source.Claim(ctx, allPartitions, claimIdle, entriesAtOnce)
	a.pending = append(a.pending, claimed...)
	if err != nil {
		return fmt.Errorf("claim entries of another process: %w", err)
	}
	if len(claimed) > 0 {
		a.log.Warn("archiving batches of reports that another process left behind", "batches", len(claimed))
		return nil // there may be more
	}
	a.claimAt = now.Add(jitter(claimPause))
	return nil
}

// addEntries archives entries within archiveTimeout.
func (a *Archiver) addEntries(ctx context.Context, entries []Entry) error {
	ctx, cancel := context.WithTimeout(ctx, archiveTimeout)
	defer cancel()
	return a.archive.AddEntries(ctx, entries)
}

// settle brings back archived entries whose windows were lost meanwhile, and
// acknowledges all entries. Those of partitions that do not answer stay in
// unsettled.
func (a *Archiver) settle(ctx context.Context, entries []Entry) error {
	reconciled, unreconciled, err := a.restorer.reconcile(ctx, entries)
	unacknowledged, doneErr := a.source.Done(ctx, reconciled)
	if doneErr != nil {
		err = errors.Join(err, fmt.Errorf("acknowledge archived entries: %w", doneErr))
	}
	a.unsettled = append(append(a.unsettled, unreconciled...), unacknowledged...)
	a.totals.entries.Add(int64(len(entries) - len(unreconciled) - len(unacknowledged)))
	a.totals.reports.Add(reportsOf(entries) - reportsOf(unreconciled) - reportsOf(unacknowledged))
	return err
}

// reportsOf returns the number of reports in entries.
func reportsOf(entries []Entry) (n int64) {
	for _, e := range entries {
		n += int64(len(e.Reports))
	}
	return n
}

// measure updates the backlog of Stats from time to time. It is not known while
// some partition does not answer.
func (a *Archiver) measure(ctx context.Context, now time.Time) {
	if now.Before(a.measureAt) {
		return
	}
	a.measureAt = now.Add(measurePause)
	if backlog, err := a.source.Backlog(ctx); err != nil {
		a.totals.backlog.Store(nil)
	} else {
		a.totals.backlog.Store(&backlog)
	}
}

// retryPause returns how long to wait after a failure.
func (a *Archiver) retryPause() time.Duration {
	d, failures := minRetry, a.streak.Failures()
	for n := 1; n < failures && d < maxRetry; n++ {
		d *= 2
	}
	return jitter(min(d, maxRetry))
}

// batchSize returns how many of entries, which are not empty, the next
// transaction archives: at least one.
func batchSize(entries []Entry) int {
	reports := 0
	for n, e := range entries {
		if reports += len(e.Reports); n > 0 && reports > reportsAtOnce {
			return n
		}
	}
	return len(entries)
}

// jitter returns a random time between d/2 and d, so that processes that started
// together do not keep the same rhythm.
func jitter(d time.Duration) time.Duration { return d/2 + rand.N(d/2) }

// pause waits for d, or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// allPartitions are the numbers of all partitions.
var allPartitions = func() []int {
	all := make([]int, window.Partitions)
	for i := range all {
		all[i] = i
	}
	return all
}()
