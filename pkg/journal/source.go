// Package journal carries counted reports from the windows to the archive, and
// after the loss of the windows back from the archive to them.
package journal

import (
	"context"
	"time"

	"github.com/outcry/outcry/pkg/report"
)

// Entry is what one step counted in one partition. It is archived as a whole
// before it is acknowledged.
type Entry struct {
	Partition int
	ID        string // names it within its partition
	// Epoch is that of the windows which counted the reports; see Windows. The
	// archive keeps it with each report.
	Epoch   int64
	Reports []report.Report // counted problems and recoveries, without Yesterday
	Known   []time.Time     // minutes of the partition in which counting worked
}

// Source is where counted reports wait for the archive. Entries are handed out
// at least once each: whoever archives them does nothing with what it has
// already. It may be called from many goroutines.
type Source interface {
	// Next hands this process up to limit entries of each partition that nobody
	// was handed before, oldest first. It does not wait for some to come.
	// Partitions that do not answer are left out, unless none does.
	Next(ctx context.Context, partitions []int, limit int) ([]Entry, error)

	// Claim hands this process up to limit entries of each partition that were
	// handed to a process, this one or another, at least idle ago and were not
	// acknowledged since. It leaves out what Next does.
	Claim(ctx context.Context, partitions []int, idle time.Duration, limit int) ([]Entry, error)

	// Done acknowledges entries that are in the archive, and drops them. It
	// returns those that it could not, with the reason, and may be repeated.
	Done(ctx context.Context, entries []Entry) (left []Entry, err error)

	// Backlog tells what waits, acknowledged entries aside.
	Backlog(ctx context.Context) (Backlog, error)
}

// Backlog is what is counted and not in the archive yet.
type Backlog struct {
	Entries int64
	Oldest  time.Time // when the oldest entry was counted, by the clock of the store; zero without entries
}

// Age is how long the oldest entry has waited at now, and 0 without entries.
func (b Backlog) Age(now time.Time) time.Duration {
	if b.Oldest.IsZero() {
		return 0
	}
	return max(0, now.Sub(b.Oldest))
}
