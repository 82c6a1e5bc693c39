// Command year lets the live monitor watch a year in which nothing is wrong, and
// tells how many outages it declared: scripts/year.
//
// The reports of some thousand services in twenty countries are drawn with the
// rhythm of days and weeks in local time, a wander from hour to hour that nobody
// announces, and clumps. Each comes from a network of its own, so that no quorum
// holds anything back. Store, history and archive are in memory; everything
// between them is what the server runs.
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"syscall"
	"time"

	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/monitor"
)

func main() {
	c := course{}
	flag.IntVar(&c.services, "services", 3000, "services")
	flag.Int64Var(&c.reports, "reports", 15_000_000, "reports a year")
	flag.IntVar(&c.days, "days", 365, "days that are watched, after four weeks of history")
	flag.Uint64Var(&c.seed, "seed", 1, "what is drawn")
	allowed := flag.Float64("allowed", 1, "false alarms allowed a day")
	flag.Parse()
	if err := run(c, *allowed); err != nil {
		fmt.Fprintln(os.Stderr, "year:", err)
		os.Exit(1)
	}
}

// start is where the watch begins: a Monday.
var start = time.Date(2025, 1, 6, 0, 0, 0, 0, time.UTC)

func run(c course, allowed float64) error {
	began := time.Now()
	h := newHouse(c)
	for at := start.Add(-monitor.HistoryLength); at.Before(start); at = at.Add(time.Minute) {
		h.pass(at)
	}
	counted := h.total
	baselines := monitor.NewBaselines(h)
	baselines.Zone = catalog.Default().ClockOf
	m := monitor.New(monitor.Options{
		Store: h, Archive: h, Baselines: baselines, Publisher: h, Dials: detect.Defaults(), FalsePerDay: allowed,
		Policy: incident.Defaults(), Log: slog.New(slog.DiscardHandler),
	})
	end := start.AddDate(0, 0, c.days)
	for at := start; at.Before(end); at = at.Add(time.Minute) {
		h.pass(at)
		if err := m.Tick(context.Background(), at.Add(time.Minute)); err != nil {
			return err
		}
		if at.Add(time.Minute).Truncate(30*24*time.Hour) == at.Add(time.Minute) {
			fmt.Fprintf(os.Stderr, "%s: %d suspected, %d confirmed\n", at.Format(time.DateOnly), len(h.suspected), len(h.confirmed))
		}
	}
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		return fmt.Errorf("measure the memory: %w", err)
	}
	fmt.Printf("%d services × %d countries, %d days, %d reports, threshold %.1f nats\n", c.services, len(countries), c.days, h.total-counted, m.Dials.Threshold)
	fmt.Printf("false outages: %d, %.3f a day (allowed: %g)\n", len(h.confirmed), float64(len(h.confirmed))/float64(c.days), allowed)
	fmt.Printf("warnings: %d, %.3f a day\n", len(h.suspected), float64(len(h.suspected))/float64(c.days))
	fmt.Printf("run time %s, CPU %s, most memory %d MB\n", time.Since(began).Round(time.Second),
		time.Duration(use.Utime.Nano()+use.Stime.Nano()).Round(time.Second), use.Maxrss/1024)
	return nil
}
