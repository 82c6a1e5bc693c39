// Package window defines how reports are counted over time, and the Store that
// counts them.
//
// Time is cut into buckets: half-open intervals [start, start+Width) whose
// starts are multiples of Width since the Unix epoch, so that every process
// agrees on them without talking to the others. Width is the only place that
// knows how long a bucket is. A window is a run of buckets that ends with the
// bucket that contains now.
//
// The package holds no counts and no clock. Implementations of Store, in
// packages sqlitestore and redisstore, hold the counts; callers pass the time,
// which is stamped once, when the report arrives. Times are in UTC.
package window

import (
	"time"

	"github.com/outcry/outcry/pkg/report"
)

const (
	// Width is the length of a bucket.
	Width = time.Minute
	// Retention is how long buckets are kept.
	Retention = 26 * time.Hour
	// Cooldown is the time in which a reporter counts once per service.
	Cooldown = 30 * time.Minute
	// IDMemory is how long a store remembers the IDs of reports.
	IDMemory = 2 * time.Hour
	// MaxDevices is how many devices at one address count in one cool-down, if the
	// report does not say more.
	MaxDevices = 8
	// MaxDevicesDeclared is how many do while an outage is declared: those behind
	// the fullest gateway of a carrier. Stores take no larger bound.
	MaxDevicesDeclared = 5000
	// SliceWidth is the length of the intervals in which networks are counted.
	SliceWidth = 5 * time.Minute
	// SliceRetention is how long networks are kept.
	SliceRetention = time.Hour
	// MaxNetworks bounds the networks of a service in one slice. Further ones are
	// counted by holder until there are twice as many, and then by their
	// report.Network.Coarse, of which each country has 64.
	MaxNetworks = 4096
)

// DevicesOf returns how many devices at the address of r count in one cool-down.
func DevicesOf(r *report.Report) int {
	if r.Devices <= 0 {
		return MaxDevices
	}
	return min(r.Devices, MaxDevicesDeclared)
}

// Start returns the start of the bucket that holds t, in UTC.
func Start(t time.Time) time.Time { return t.UTC().Truncate(Width) }
