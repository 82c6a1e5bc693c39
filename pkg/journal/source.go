package journal

import (
	"context"
	"time"

	"github.com/outcry/outcry/pkg/report"
)

// Entry is what one step counted in one partition. It is archived as a whole and
// then acknowledged.
type Entry struct {
	Partition int
	ID        string // unique in its partition
	// Epoch is the number of the epoch in which the reports were counted; see
	// Windows. The archive stores it with each report.
	Epoch   int64
	Reports []report.Report // counted problems and recoveries, without Yesterday
	Known   []time.Time     // minutes of the partition in which counting worked
}

// Source is where counted reports wait for the archive. It hands out each entry at
// least once, so the archive must skip what it has already. It is safe for
// concurrent use.
type Source interface {
	// Next hands this process up to limit entries of each partition that were not
	// handed out before, oldest first. It does not wait for entries. It leaves out
	// partitions that do not answer, and fails if none does.
	Next(ctx context.Context, partitions []int, limit int) ([]Entry, error)

	// Claim hands this process up to limit entries of each partition that were
	// handed to a process, this one or another, at least idle ago and were not
	// acknowledged since. It leaves out the same partitions as Next.
	Claim(ctx context.Context, partitions []int, idle time.Duration, limit int) ([]Entry, error)

	// Done acknowledges entries that are in the archive, and deletes them. It
	// returns those that it could not acknowledge, with the error. It may be
	// repeated.
	Done(ctx context.Context, entries []Entry) (left []Entry, err error)

	// Backlog returns what is not acknowledged.
	Backlog(ctx context.Context) (Backlog, error)
}

// Backlog is what is counted and not archived yet.
type Backlog struct {
	Entries int64
	Oldest  time.Time // when the oldest entry was counted, by the clock of the store; zero without entries
}

// Age returns how long the oldest entry has waited at now, or 0 without entries.
func (b Backlog) Age(now time.Time) time.Duration {
	if b.Oldest.IsZero() {
		return 0
	}
	return max(0, now.Sub(b.Oldest))
}
