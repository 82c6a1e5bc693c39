package journal

import (
	"context"
	"errors"
	"time"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// ErrEpoch says that an epoch is over: its partition was lost once more.
var ErrEpoch = errors.New("the windows were lost again while they were restored")

// ErrNoEpoch says that nothing was counted in a partition since it was last
// lost, not even a beat: there is no epoch to restore it in.
var ErrNoEpoch = errors.New("nothing counts in the partition yet")

// Windows is what brings the windows of a partition back after a loss.
//
// An epoch begins when a partition is found empty: at its first use, or after
// a loss. Reports counted since then are in the windows and belong to that
// epoch; archived reports of any other epoch are not in the windows and are to
// be restored. Whatever is counted meanwhile is not touched.
//
// Every call names the epoch it is for, and fails with ErrEpoch when that is
// over. All of them may be repeated, from the beginning or not, and by several
// processes at once: what is restored twice counts once.
type Windows interface {
	// Epoch returns the present epoch of a partition, or ErrNoEpoch.
	Epoch(ctx context.Context, partition int) (Epoch, error)

	// RestoreReports brings back reports that were received at e.Individually
	// or later, with their IDs, cool-downs and networks. One whose ID was counted
	// in this epoch too is left out.
	RestoreReports(ctx context.Context, e Epoch, reports []report.Report) error

	// RestoreBuckets brings back reports that were received before
	// e.Individually, as what they add to the buckets of their minutes. Each
	// element is the whole of its service and minute.
	RestoreBuckets(ctx context.Context, e Epoch, buckets []ServiceBucket) error

	// RestoreKnown brings back the minutes in which counting worked.
	RestoreKnown(ctx context.Context, e Epoch, minutes []time.Time) error

	// Restored ends the restoring of a partition.
	Restored(ctx context.Context, e Epoch) error
}

// Epoch is the time since a partition was last found empty.
type Epoch struct {
	Partition int
	Number    int64     // never the same again
	Began     time.Time // by the clock of whoever found it empty
	Restored  bool      // nothing is left to restore
}

// Individually tells from when on reports are restored one by one: before, no
// resend can meet them, and their numbers are enough.
func (e Epoch) ReportsFrom() time.Time { return e.Began.Add(-window.IDMemory) }

// ServiceBucket is one minute of a service.
type ServiceBucket struct {
	Service string
	window.Bucket
}
