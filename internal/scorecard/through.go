package main

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/outcry/outcry/internal/memstore"
	"github.com/outcry/outcry/pkg/baseline"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/monitor"
)

// volumes are the installations whose thresholds are measured, in reports a day:
// a small one, which has the lowest threshold there is, and a large one.
var volumes = []float64{10_000, 1_000_000}

// groupSize is how many series one monitor watches.
const groupSize = 50

// liveResult is the outcome of the server on one study, at minutes.
type liveResult struct {
	study  string
	volume float64 // reports a day of the installation
	result
}

// measureLive has the server judge the series of the studies that have a history.
func (c *card) measureLive(ctx context.Context, seed uint64, progress func(string)) error {
	for _, volume := range volumes {
		for k, st := range studies() {
			if st.recipe.history == 0 || st.recipe.rough {
				continue
			}
			progress(fmt.Sprintf("%s, through a server with %.0f reports a day", st.name, volume))
			r, err := st.live(ctx, seedOf(seed, k, st), c.size, volume)
			if err != nil {
				return err
			}
			c.live = append(c.live, r)
		}
	}
	return nil
}

// live has the server judge the series of a study, in groups.
func (st study) live(ctx context.Context, seed uint64, size int, volume float64) (liveResult, error) {
	recipe := st.recipe
	recipe.width = time.Minute
	n := int(float64(size) * st.share)
	parts := make([]result, (n+groupSize-1)/groupSize)
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i := range parts {
		group.Go(func() error {
			var all []*series
			for k := i * groupSize; k < min((i+1)*groupSize, n); k++ {
				all = append(all, draw(seed+uint64(k), recipe))
			}
			alarms, err := through(ctx, all, volume)
			if err != nil {
				return fmt.Errorf("%s, through a server: %w", st.name, err)
			}
			parts[i] = newResult(st.name, time.Minute, "server")
			for k, s := range all {
				parts[i].add(s, alarms[k])
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return liveResult{}, err
	}
	r := liveResult{st.name, volume, newResult(st.name, time.Minute, "server")}
	for i := range parts {
		r.merge(&parts[i])
	}
	return r, nil
}

// liveOf returns the result of the server in a study.
func (c *card) liveOf(study string, volume float64) *result {
	for i := range c.live {
		if r := &c.live[i]; r.study == study && r.volume == volume {
			return &r.result
		}
	}
	return nil
}

// The reports of a series that goes through the server have these symptoms with
// these shares, in percent.
var (
	throughSymptoms = []string{"connection", "login", "app", "website", "messaging", "other"}
	throughShares   = []int{40, 20, 15, 12, 8, 5}
)

const (
	// warmUp is how long before the judged weeks the monitor begins to judge. Before
	// that it has the history, as a new process has.
	warmUp = 7 * 24 * time.Hour
	// falsePerDay is what a server allows by default.
	falsePerDay = 1
)

// through judges series of the same length as the server does: each is a service
// of one installation in a country of its own, whose clocks follow UTC, counted in
// a store, with baselines from its rollups and incidents drawn from the judgements.
// Each report has a network of its own, so that reports alone meet the quorum; a
// burst comes from one network. The installation has reportsPerDay reports a day,
// which sets its threshold. The result is, for each series and minute, whether an
// outage is declared and not over.
func through(ctx context.Context, all []*series, reportsPerDay float64) ([][]bool, error) {
	names, countries := make([]string, len(all)), make([]string, len(all))
	numbers := map[string]int{}
	for i := range all {
		names[i] = fmt.Sprintf("series-%d", i)
		countries[i] = string([]byte{'A' + byte(i/26), 'A' + byte(i%26)})
		numbers[names[i]] = i
	}
	down := make([]bool, len(all))
	store := memstore.New(names, countries, throughSymptoms)
	store.ReportsPerDay = reportsPerDay
	store.OnSave = func(inc incident.Incident) {
		down[numbers[inc.Service]] = !inc.Declared.IsZero() && inc.State != incident.Resolved
	}
	baselines := baseline.NewSet(store)
	baselines.Minutes = store
	m := monitor.New(monitor.Options{
		Store: store, Archive: store, Baselines: baselines, Publisher: store, Settings: detect.Defaults(),
		FalsePerDay: falsePerDay, Policy: incident.Defaults(), Log: slog.New(slog.DiscardHandler),
	})
	rnd := rand.New(rand.NewPCG(uint64(len(all)), 0x5b17))
	first := all[0]
	alarms := make([][]bool, len(all))
	for i := range alarms {
		alarms[i] = make([]bool, len(first.counts))
	}
	begin := first.judged - int(warmUp/first.width)
	for minute := range first.counts {
		at := first.start.Add(time.Duration(minute) * first.width)
		for i, s := range all {
			n := s.counts[minute]
			if burst := s.burstAt(minute); burst > 0 && n >= burst {
				store.AddBurst(at, i, i, 0, int(burst))
				n -= burst
			}
			count(store, rnd, at, i, n)
		}
		if minute < begin {
			continue
		}
		if err := m.Tick(ctx, at.Add(first.width)); err != nil {
			return nil, err
		}
		for i := range all {
			alarms[i][minute] = down[i]
		}
	}
	return alarms, nil
}

// burstAt returns the reports of a burst in a bucket; 0 without one.
func (s *series) burstAt(bucket int) float64 {
	sum := 0.0
	for _, b := range s.bursts {
		if b.at == bucket {
			sum += b.size
		}
	}
	return sum
}

// count adds n reports of a service to the minute of at, with symptoms drawn at
// random, or a gap if n is unknown.
func count(store *memstore.Store, rnd *rand.Rand, at time.Time, service int, n float64) {
	if math.IsNaN(n) {
		store.AddGap(at, service)
		return
	}
	for symptom, n := range divide(rnd, int(n), throughShares) {
		if n > 0 {
			store.Add(at, service, service, symptom, n)
		}
	}
}

// divide draws how n reports fall on parts with these shares, in percent of 100.
func divide(rnd *rand.Rand, n int, shares []int) []int {
	parts := make([]int, len(shares))
	for range n {
		x := rnd.IntN(100)
		for i, share := range shares {
			if x -= share; x < 0 {
				parts[i]++
				break
			}
		}
	}
	return parts
}
