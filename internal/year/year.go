// Package year lets the live monitor watch a time in which nothing is wrong, and
// tells how many outages it declared.
//
// The reports of some thousand services in twenty countries are drawn with the
// rhythm of days and weeks in local time, a wander from hour to hour that nobody
// announces, and clumps. Each comes from a network of its own, so that no quorum
// holds anything back. Store, history and archive are in memory; everything
// between them is what the server runs.
package year

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"syscall"
	"time"

	"github.com/outcry/outcry/pkg/baseline"
	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/monitor"
	"github.com/outcry/outcry/pkg/window"
)

// Course is what is drawn and watched.
type Course struct {
	Services int
	Reports  int64         // a year
	Days     int           // that are watched, after four weeks of history
	Allowed  float64       // false alarms allowed a day
	Tick     time.Duration // between two judgements, in whole minutes
	Seed     uint64
	// Shards are watched at the same time, each by a monitor of its own with its
	// part of the services.
	Shards int
}

// Result is what came of it.
type Result struct {
	Course
	Countries int
	Counted   int64   // reports in the days that were watched
	Threshold float64 // nats, on the last day, the highest of the shards
	Outages   int     // declared, all of them false
	Warnings  int     // all suspicions
	Took      time.Duration
	CPU       time.Duration
	Memory    int64 // bytes, the most that the process had
}

// start is where the watch begins: a Monday.
var start = time.Date(2025, 1, 6, 0, 0, 0, 0, time.UTC)

// Watch draws and watches a course. Progress is told the days that are over.
func Watch(ctx context.Context, c Course, progress func(days int)) (Result, error) {
	began := time.Now()
	r := Result{Course: c, Countries: len(countries)}
	var mu sync.Mutex
	var failed error
	var work sync.WaitGroup
	for shard := range c.Shards {
		work.Go(func() {
			part := newHouse(c, shard)
			m, err := part.watch(ctx, func(days int) {
				if shard == 0 {
					progress(days)
				}
			})
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				failed = err
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
		return r, fmt.Errorf("measure the memory: %w", err)
	}
	r.Took, r.CPU, r.Memory = time.Since(began), time.Duration(use.Utime.Nano()+use.Stime.Nano()), use.Maxrss*1024
	return r, failed
}

// watch lets a monitor watch the house, minute by minute.
func (h *house) watch(ctx context.Context, progress func(days int)) (*monitor.Monitor, error) {
	for at := start.Add(-baseline.HistoryLength); at.Before(start); at = at.Add(window.Width) {
		h.pass(at)
	}
	h.counted = 0
	baselines := baseline.NewSet(h)
	baselines.Zone = catalog.Default().ClockOf
	m := monitor.New(monitor.Options{
		Store: h, Archive: h, Baselines: baselines, Publisher: h, Settings: detect.Defaults(), FalsePerDay: h.course.Allowed,
		Policy: incident.Defaults(), Log: slog.New(slog.DiscardHandler),
	})
	for day := range h.course.Days {
		for minute := range window.Minutes(24 * time.Hour) {
			at := start.AddDate(0, 0, day).Add(minute.Duration())
			h.pass(at)
			now := at.Add(window.Width)
			if now.Truncate(h.course.Tick) != now {
				continue
			}
			if err := m.Tick(ctx, now); err != nil {
				return nil, err
			}
		}
		progress(day + 1)
	}
	return m, nil
}
