// Package window counts reports over time.
//
// Time is cut into buckets: half-open intervals [start, start+Width) whose
// starts are multiples of Width since the Unix epoch, so that every process
// agrees on them without talking to the others. A window is a run of buckets
// that ends with the one that contains now.
//
// Stores hold no clock. Callers pass the time, which is stamped once, when the
// report arrives.
package window

import (
	"strconv"
	"time"

	"github.com/outcry/outcry/pkg/fault"
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
	// MaxDevices is how many devices at one address count in one cool-down.
	MaxDevices = 8
	// SliceWidth is the grain in which networks are counted.
	SliceWidth = 5 * time.Minute
	// SliceRetention is how long networks are kept.
	SliceRetention = 20 * time.Minute
	// MaxNetworks bounds the networks of a service in one slice.
	MaxNetworks = 4096
)

// Start returns the start of the bucket that holds t, in UTC.
func Start(t time.Time) time.Time { return t.UTC().Truncate(Width) }

// Offered are the windows that readers may ask for.
var Offered = []time.Duration{5 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour, 6 * time.Hour, 24 * time.Hour}

// Default is the window of a reader that asks for none.
const Default = 15 * time.Minute

// Parse reads the name of an offered window, such as "15m". An empty name is
// Default.
func Parse(name string) (time.Duration, error) {
	if name == "" {
		return Default, nil
	}
	for _, w := range Offered {
		if Name(w) == name {
			return w, nil
		}
	}
	return 0, fault.Field("window", "must be one of 5m, 15m, 30m, 1h, 6h, 24h")
}

// Name returns the name of a window: "15m", "6h".
func Name(w time.Duration) string {
	if w%time.Hour == 0 {
		return strconv.Itoa(int(w/time.Hour)) + "h"
	}
	return strconv.Itoa(int(w/time.Minute)) + "m"
}
