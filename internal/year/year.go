// Package year has the live monitor watch services in which nothing is wrong, and
// counts the outages that it declares: all of them are false alarms.
//
// The reports of services in twenty countries are drawn at random. Their rate
// follows the rhythm of days and weeks in local time and drifts from hour to hour,
// and some reports come in clumps. Each report has a network of its own, so that
// no quorum prevents a false alarm. Store, history and archive are in memory;
// everything else is what the server runs.
package year

import (
	"context"
	"fmt"
	"sync"
	"syscall"
	"time"
)

// Course is the plan of a watch: what is drawn, and for how long.
type Course struct {
	Services int
	Reports  int64         // a year
	Days     int           // watched, after four weeks of history
	Allowed  float64       // false alarms allowed a day
	Tick     time.Duration // between two judgements, in whole minutes
	Seed     uint64
	// Shards is the number of parts into which the services are divided. They are
	// watched at the same time, each by a monitor of its own.
	Shards int
}

// Result is the outcome of a watch.
type Result struct {
	Course
	Countries int
	Counted   int64   // reports in the days watched
	Threshold float64 // nats, on the last day, the highest of the shards
	Outages   int     // declared incidents, all of them false
	Warnings  int     // suspected incidents, with those declared
	Took      time.Duration
	CPU       time.Duration
	Memory    int64 // peak of the process, in bytes
}

// start is where the watch begins: a Monday.
var start = time.Date(2025, 1, 6, 0, 0, 0, 0, time.UTC)

// Watch draws and watches a course. It calls progress with the number of days that
// are over.
func Watch(ctx context.Context, c Course, progress func(days int)) (Result, error) {
	began := time.Now()
	r := Result{Course: c, Countries: len(countries)}
	var mu sync.Mutex
	var watchErr error
	var work sync.WaitGroup
	for number := range c.Shards {
		work.Go(func() {
			part := newShard(c, number)
			m, err := part.watch(ctx, func(days int) {
				if number == 0 {
					progress(days)
				}
			})
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				watchErr = err
				return
			}
			r.Counted += part.counted
			r.Outages += len(part.confirmed)
			r.Warnings += len(part.suspected)
			r.Threshold = max(r.Threshold, m.Settings.Threshold)
		})
	}
	work.Wait()
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		return r, fmt.Errorf("measure CPU time and memory: %w", err)
	}
	r.Took, r.CPU, r.Memory = time.Since(began), time.Duration(use.Utime.Nano()+use.Stime.Nano()), use.Maxrss*1024
	return r, watchErr
}
