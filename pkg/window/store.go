package window

import (
	"context"
	"time"

	"github.com/outcry/outcry/pkg/report"
)

// Cell is the finest thing that is counted within a service.
type Cell struct {
	Country string // ISO alpha-2
	Symptom string // ID; empty where none was named
}

// Count is how many reports of a cell a bucket holds.
type Count struct {
	Cell
	N int64
}

// Bucket is one minute of one service.
type Bucket struct {
	Start      time.Time
	Known      bool    // false: nobody could count in this minute; counts are then a lower bound
	Problems   []Count // by country and symptom, unordered, no zero entries
	Recoveries []Count
	Visits     []Count // by country; Symptom is empty
}

// Status is what became of a report.
type Status uint8

const (
	Failed  Status = iota // not counted and not remembered; may be sent again
	Counted               // counted, and remembered as durably as the store promises
	Repeat                // its reporter was already counted within the cool-down
	Limited               // too many devices at one address within the cool-down
)

// String returns the name of s as it is written in the API.
func (s Status) String() string {
	return [...]string{"failed", "counted", "repeat", "limited"}[s]
}

// Outcome is a store's answer for one report.
type Outcome struct {
	Status Status
	Known  bool  // the ID was seen before: Status is that of the first time
	Err    error // why it failed; set exactly when Status is Failed

	// What the ID said the first time; set exactly when Known.
	Kind report.Kind
	Cell
}

// Sources describes where the reports of the last SliceRetention came from.
// Networks are never added up across midnight UTC, when their pseudonyms
// change.
type Sources struct {
	Networks   int     // distinct networks
	Reports    int64   // reports from them
	Discounted float64 // sum over networks of 1 + log2(n): the count as evidence
	Largest    float64 // largest share of Discounted that one network holds, in [0, 1]
}

// NetworkCounts are the sources of one service.
type NetworkCounts struct {
	World     Sources
	ByCountry map[string]Sources
}

// Store counts reports. Implementations pass storetest.
//
// Every method may be called from many goroutines. An error says that the
// store could not answer; it never stands for "nothing found".
type Store interface {
	// Count decides and counts each report, in order, in one step: it returns
	// once what it says is as durable as the store promises. The answer has one
	// outcome per report. For a problem or a recovery:
	//
	//   - an ID known for the service within IDMemory: the first outcome again;
	//   - else a reporter (today's or yesterday's pseudonym) counted for the
	//     service and kind in a minute less than Cooldown away from the one the
	//     report names: Repeat, which does not extend the cool-down;
	//   - else an address with MaxDevices other devices counted in such minutes:
	//     Limited (unless the store was opened without limits);
	//   - else Counted: its bucket, its network and the archive (or the journal
	//     that feeds it) have it.
	//
	// A visit is only added to its bucket.
	Count(ctx context.Context, reports []report.Report) []Outcome

	// Buckets returns the buckets of a service that start in [from, to), oldest
	// first, without gaps. Both ends are truncated to Width.
	Buckets(ctx context.Context, service string, from, to time.Time) ([]Bucket, error)

	// Networks returns the sources of problems of a service in the slices of the
	// last SliceRetention up to at.
	Networks(ctx context.Context, service string, at time.Time) (NetworkCounts, error)

	// BucketsOf is Buckets, and NetworksOf is Networks, for each of services: what
	// is read every few seconds of many.
	BucketsOf(ctx context.Context, services []string, from, to time.Time) ([][]Bucket, error)
	NetworksOf(ctx context.Context, services []string, at time.Time) ([]NetworkCounts, error)

	// Active returns the services with a problem in a bucket that starts at or
	// after since, in order of their slugs.
	Active(ctx context.Context, since time.Time) ([]string, error)

	// Beat notes that counting works in the minute of at, so that the minute is
	// known even when nobody reports.
	Beat(ctx context.Context, at time.Time) error

	// Forget drops buckets, networks, IDs and cool-downs that no answer at or
	// after now needs.
	Forget(ctx context.Context, now time.Time) error
}
