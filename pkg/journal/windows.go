package journal

import (
	"context"
	"errors"
	"time"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// ErrEpoch is the error when an epoch is over because the windows of its partition
// were lost again.
var ErrEpoch = errors.New("the windows were lost again while they were restored")

// ErrNoEpoch is the error when a partition has no epoch: nothing was counted there
// since its windows were lost, and not even a beat was noted.
var ErrNoEpoch = errors.New("nothing counts in the partition yet")

// Windows restores the windows of a partition after a loss.
//
// An epoch begins when a partition is found empty: at its first use, or after
// a loss. Reports counted since then are in the windows and belong to that
// epoch; archived reports of any other epoch are not in the windows and must be
// restored. Restoring does not change what is counted meanwhile.
//
// Each method names the epoch it is for, and fails with ErrEpoch when that is
// over. All may be repeated, in part too, and by several processes at once: what
// is restored twice counts once.
type Windows interface {
	// Epoch returns the present epoch of a partition, or ErrNoEpoch.
	Epoch(ctx context.Context, partition int) (Epoch, error)

	// RestoreReports brings back reports that were received at e.ReportsFrom or
	// later, with their IDs, cool-downs and networks. It skips a report whose ID was
	// counted in this epoch too.
	RestoreReports(ctx context.Context, e Epoch, reports []report.Report) error

	// RestoreBuckets brings back the counts of reports that were received before
	// e.ReportsFrom. Each element has all such reports of its service and minute.
	RestoreBuckets(ctx context.Context, e Epoch, buckets []ServiceBucket) error

	// RestoreKnown brings back the minutes in which counting worked.
	RestoreKnown(ctx context.Context, e Epoch, minutes []time.Time) error

	// Restored marks a partition as restored.
	Restored(ctx context.Context, e Epoch) error
}

// Epoch is the time since a partition was last found empty.
type Epoch struct {
	Partition int
	Number    int64     // unique
	Began     time.Time // by the clock of the process that found it empty
	Restored  bool      // nothing is left to restore
}

// ReportsFrom returns the time from which on reports are restored one by one. IDs
// of earlier reports are not remembered any more, so their counts are enough.
func (e Epoch) ReportsFrom() time.Time { return e.Began.Add(-window.IDMemory) }

// ServiceBucket is one bucket of a service.
type ServiceBucket struct {
	Service string
	window.Bucket
}
