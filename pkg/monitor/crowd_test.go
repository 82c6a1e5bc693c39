package monitor_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/outcry/outcry/internal/memstore"
	"github.com/outcry/outcry/pkg/baseline"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/monitor"
	"github.com/outcry/outcry/pkg/window"
)

// crowd is a monitor of many services, each with reports from one country or
// several, every report from a network of its own.
type crowd struct {
	t       *testing.T
	cells   []crowdCell
	store   *memstore.Store
	number  map[string]int // of the services in the store
	monitor *monitor.Monitor
	now     time.Time
	saved   map[string]incident.Incident // by ID
	rng     *rand.Rand
}

// crowdCountries are the countries of a crowd.
var crowdCountries = []string{"BD", "IN"}

// crowdCell is one service in one country.
type crowdCell struct {
	service, country string
	usual            float64 // reports per minute
	// times is how many times the usual it counts, by the minute since the start. nil
	// is once.
	times func(minute float64) float64
}

// services returns n cells of Bangladesh.
func services(n int, usual float64) []crowdCell {
	cells := make([]crowdCell, n)
	for i := range cells {
		cells[i] = crowdCell{service: fmt.Sprintf("service-%02d", i), country: "BD", usual: usual}
	}
	return cells
}

// rise goes from 1 to a multiple between two minutes and stays there.
func rise(multiple, from, to float64) func(float64) float64 {
	return func(minute float64) float64 {
		return 1 + (multiple-1)*min(max((minute-from)/(to-from), 0), 1)
	}
}

// newCrowd returns a crowd with a usual history of four weeks.
func newCrowd(t *testing.T, seed uint64, cells []crowdCell) *crowd {
	c := &crowd{
		t: t, cells: cells, now: morning, rng: rand.New(rand.NewPCG(seed, 1)),
		number: map[string]int{}, saved: map[string]incident.Incident{},
	}
	var names []string
	for _, cell := range cells {
		if _, found := c.number[cell.service]; !found {
			c.number[cell.service] = len(names)
			names = append(names, cell.service)
		}
	}
	c.store = memstore.New(names, crowdCountries, []string{"messaging"})
	c.store.OnSave = func(in incident.Incident) { c.saved[in.ID] = in }
	// The last two hours are counted by the minute, because a monitor reads them so.
	for at := morning.Add(-baseline.HistoryLength); at.Before(morning.Add(-2 * time.Hour)); at = at.Add(time.Hour) {
		c.count(at, time.Hour)
	}
	for at := morning.Add(-2 * time.Hour); at.Before(morning); at = at.Add(window.Width) {
		c.count(at, window.Width)
	}
	c.monitor = monitor.New(monitor.Options{
		Store: c.store, Archive: c.store, Baselines: baseline.NewSet(c.store), Publisher: c.store,
		Settings: detect.Defaults(), FalsePerDay: 1, Policy: incident.Defaults(), Log: slog.New(slog.DiscardHandler),
	})
	return c
}

// count counts the reports of a span in its first minute.
func (c *crowd) count(at time.Time, span time.Duration) {
	for _, cell := range c.cells {
		mean := cell.usual * span.Minutes()
		if cell.times != nil {
			mean *= cell.times(at.Sub(morning).Minutes())
		}
		if n := poisson(c.rng, mean); n > 0 {
			c.store.Add(at, c.number[cell.service], slices.Index(crowdCountries, cell.country), 0, n)
		}
	}
}

// run ticks for a time.
func (c *crowd) run(d time.Duration) {
	c.t.Helper()
	for end := c.now.Add(d); c.now.Before(end); {
		c.count(c.now, monitor.Interval)
		c.now = c.now.Add(monitor.Interval)
		if err := c.monitor.Tick(context.Background(), c.now); err != nil {
			c.t.Fatal(err)
		}
	}
}

// declared returns how long after the start each service was declared first.
func (c *crowd) declared() map[string]time.Duration {
	all := map[string]time.Duration{}
	for _, in := range c.saved {
		if in.Declared.IsZero() {
			continue
		}
		if at, found := all[in.Service]; !found || in.Declared.Sub(morning) < at {
			all[in.Service] = in.Declared.Sub(morning)
		}
	}
	return all
}
