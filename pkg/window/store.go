package window

import (
	"context"
	"fmt"
	"time"

	"github.com/outcry/outcry/pkg/report"
)

// Store counts reports. Implementations pass the suite of package storetest.
//
// Every method may be called from many goroutines. An error means that the
// store could not answer; it never means that nothing was found.
type Store interface {
	// Count decides about each report, in order, and counts it. It returns one
	// outcome per report once all of them are as durable as the store promises.
	// A problem or a recovery is answered by the first rule that applies:
	//
	//   - The ID was answered for the service within IDMemory: the first outcome
	//     again, with Resent set.
	//   - The reporter, by today's or yesterday's pseudonym, was counted for the
	//     service and kind in a minute less than Cooldown away from the one that
	//     the report names: Repeat. It does not extend the cool-down.
	//   - As many other devices at the address as DevicesOf says were counted in
	//     such minutes: Limited, unless the store was opened without limits.
	//   - Otherwise Counted: its bucket, its network and the archive (or the
	//     journal that feeds it) contain the report.
	//
	// A visit is only added to its bucket.
	Count(ctx context.Context, reports []report.Report) []Outcome

	// Buckets returns the buckets of a service that start in [from, to), oldest
	// first, without gaps. Both ends are truncated to Width.
	Buckets(ctx context.Context, service string, from, to time.Time) ([]Bucket, error)

	// Networks returns the sources of the problems of a service that arrived in
	// the slices of the last span up to at, which is at most SliceRetention.
	Networks(ctx context.Context, service string, at time.Time, span time.Duration) (NetworkCounts, error)

	// BucketsOf returns what Buckets returns, for each of services. It costs
	// less than one call of Buckets for each.
	BucketsOf(ctx context.Context, services []string, from, to time.Time) ([][]Bucket, error)

	// NetworksOf returns what Networks returns, for each of services. It costs
	// less than one call of Networks for each.
	NetworksOf(ctx context.Context, services []string, at time.Time, span time.Duration) ([]NetworkCounts, error)

	// Active returns the services with a problem in a bucket that starts at or
	// after since, in order of their slugs.
	Active(ctx context.Context, since time.Time) ([]string, error)

	// Beat records that counting works in the minute of at, so that the minute
	// is known even when nobody reports.
	Beat(ctx context.Context, at time.Time) error

	// Forget drops buckets, networks, IDs and cool-downs that no answer at or
	// after now needs.
	Forget(ctx context.Context, now time.Time) error
}

// Missing is the error of a store that could answer for some partitions only.
// The result that comes with it is right for the services of all other
// partitions.
type Missing struct {
	Partitions []int // those that did not answer
	Err        error // the error of one of them
}

func (m *Missing) Error() string {
	return fmt.Sprintf("%d of %d partitions do not answer: %v", len(m.Partitions), Partitions, m.Err)
}

func (m *Missing) Unwrap() error { return m.Err }
