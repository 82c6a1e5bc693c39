package replay

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/outcry/outcry/pkg/app"
	"github.com/outcry/outcry/pkg/config"
	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/ingest"
	"github.com/outcry/outcry/pkg/redisstore"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/scenario"
	"github.com/outcry/outcry/pkg/window"
)

const (
	floodWorkers = 4
	// floodPause is how often, by the clock of the flood, it waits until every
	// report is archived, rolls up, and forgets.
	floodPause = 15 * time.Minute
	// memoryInterval is how often, by the clock of the flood, it measures memory.
	memoryInterval = time.Hour
	// emptyMemory bounds the bytes that partitions and connections take without a
	// report: names of symptoms, epochs, empty streams with their readers, buffers.
	emptyMemory = 1 << 20
	// maxDeviation is the largest share by which the memory of Redis may differ
	// from its model.
	maxDeviation = 0.1
	// floodTries is how often a call is tried while Redis is too busy to answer.
	floodTries = 20
)

// FloodResult is what a flood counted and measured.
type FloodResult struct {
	Reports  int64   `json:"reports"`
	Counted  int64   `json:"counted"`
	Repeats  int64   `json:"repeats"`
	Archived int64   `json:"archived"`
	RolledUp int64   `json:"rolled_up"`
	Services int     `json:"services"`
	Seconds  float64 `json:"seconds"`
	PerSec   float64 `json:"reports_per_second"`
	// RedisPeak is the largest memory of Redis that was measured, RedisFormula what
	// the model predicts for that moment, and Deviation the largest difference of
	// any measurement from the model, as a share.
	RedisPeak    float64 `json:"redis_peak_bytes"`
	RedisFormula float64 `json:"redis_formula_bytes"`
	Deviation    float64 `json:"redis_deviation"`
	RedisLeft    float64 `json:"redis_left_bytes"` // after everything was forgotten
	ProcessPeak  float64 `json:"process_peak_bytes"`
}

// WriteText writes the result for people.
func (r *FloodResult) WriteText(w io.Writer) error {
	_, err := fmt.Fprintf(w, `%d reports of %d services: %d counted, %d repeats
archived %d, rolled up %d
%.0f s, %.0f reports/s; this process took %.0f MB at most
Redis: %.1f MB at its fullest, %.1f MB by the formula, never more than %.1f %% apart
       %s
       %.2f MB are left after all was forgotten, however many reports there were
`, r.Reports, r.Services, r.Counted, r.Repeats, r.Archived, r.RolledUp, r.Seconds, r.PerSec, r.ProcessPeak/1e6,
		r.RedisPeak/1e6, r.RedisFormula/1e6, 100*r.Deviation, redisstore.MemoryFormula, r.RedisLeft/1e6)
	return err
}

// WriteJSON writes the result as one line.
func (r *FloodResult) WriteJSON(w io.Writer) error { return json.NewEncoder(w).Encode(r) }

// OK reports whether every counted report is in the archive and in its rollups,
// and the memory of Redis agrees with its model.
func (r *FloodResult) OK() bool {
	return r.Archived == r.Counted && r.RolledUp == r.Counted && r.Deviation <= maxDeviation && r.RedisLeft <= emptyMemory
}

// copies are the rules of a catalog for the services of scenario.Scaled.
type copies struct{ report.Rules }

func (c copies) HasService(slug string) bool { return c.Rules.HasService(scenario.CopyOf(slug)) }

func (c copies) HasSymptom(slug, symptom string) bool {
	return c.Rules.HasSymptom(scenario.CopyOf(slug), symptom)
}

// Flood counts a scenario in the distributed mode as fast as it goes, on a
// virtual clock and without a detector: the load of a day through ingest, Redis,
// the journal and Postgres. Redis and Postgres must be empty; what real servers
// use is refused.
func Flood(ctx context.Context, cfg config.Config, s *scenario.Scenario, seed int64, progress *Progress, log *slog.Logger) (_ *FloodResult, err error) {
	if !cfg.Distributed() {
		return nil, errors.New("a flood needs OUTCRY_REDIS_URL and OUTCRY_DATABASE_URL, both empty")
	}
	cfg.Simulated = true
	clock := newVirtualClock(s.Start)
	p, err := app.Open(ctx, cfg, log, app.Options{Now: clock.now, Replay: true})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	f := &floodRun{Parts: p, shared: p.Distributed(), log: log, clock: clock, memory: redisstore.NewMemoryModel(), result: FloodResult{Services: len(s.Services)}}
	f.Ingester = ingest.New(ingest.Options{
		Store: p.Store, Rules: copies{p.Catalog}, Locate: p.Locator.Country, Keys: p.DayKeys, Now: clock.now, Log: log,
	})
	if err := f.Store.Beat(ctx, s.Start); err != nil {
		return nil, err
	}
	if f.empty, err = f.shared.Conn.UsedMemory(ctx); err != nil {
		return nil, err
	}

	work := app.NewGroup(context.WithoutCancel(ctx))
	probing := work.Run("redis", f.shared.Conn.Run)
	archiving := work.Run("journal", f.shared.Archiver.Run)
	ingesting := work.Run("ingest", f.Ingester.Run)
	defer func() {
		ingesting.Stop()
		archiving.Stop()
		probing.Stop()
		err = errors.Join(err, work.Err())
	}()
	began := time.Now()
	for minute, submissions := range s.Stream(seed) {
		if err := f.minute(ctx, minute, submissions); err != nil {
			return nil, fmt.Errorf("flood at %s: %w", minute.Format(time.DateTime), err)
		}
		progress.draw(minute.Sub(s.Start), s.End.Sub(s.Start))
	}
	if err := f.pause(ctx, s.End); err != nil {
		return nil, err
	}
	f.result.Seconds = time.Since(began).Seconds()
	f.result.PerSec = float64(f.result.Reports) / f.result.Seconds
	progress.clear()
	return &f.result, f.finish(ctx, s)
}

// floodRun drives the parts of a server in the distributed mode.
type floodRun struct {
	*app.Parts
	shared *app.Distributed
	log    *slog.Logger
	clock  *virtualClock
	memory *redisstore.MemoryModel
	empty  float64 // memory of Redis with nothing counted
	result FloodResult
}

// minute submits the submissions of a minute from several workers at once.
func (f *floodRun) minute(ctx context.Context, minute time.Time, submissions []scenario.Submission) error {
	now := minute.Add(time.Minute - time.Millisecond)
	f.clock.set(now)
	items := make([]ingest.Item, len(submissions))
	for i := range submissions {
		items[i] = itemOf(&submissions[i])
	}
	results := make([]ingest.Result, len(items))
	var workers sync.WaitGroup
	for worker := range floodWorkers {
		workers.Go(func() {
			from, to := len(items)*worker/floodWorkers, len(items)*(worker+1)/floodWorkers
			for chunk := range slices.Chunk(items[from:to], ingest.MaxBatch/floodWorkers) {
				f.submit(ctx, chunk, results[from:])
				from += len(chunk)
			}
		})
	}
	workers.Wait()
	for i, r := range results {
		switch {
		case r.Err != nil:
			return fmt.Errorf("count a report of %s: %w", items[i].Service, r.Err)
		case r.Status == window.Counted:
			f.result.Counted++
			f.memory.Add(now, items[i].Service, items[i].Country, items[i].Submission.Symptom, networkOf(items[i].Addr))
		default:
			f.result.Repeats++
		}
	}
	f.result.Reports += int64(len(items))
	if end := minute.Add(time.Minute); end.Equal(end.Truncate(floodPause)) {
		return f.pause(ctx, end)
	}
	return nil
}

// submit submits items, those that cannot be counted now again, as a client
// would.
func (f *floodRun) submit(ctx context.Context, items []ingest.Item, results []ingest.Result) {
	open := make([]int, len(items)) // indices of items without a result
	for i := range open {
		open[i] = i
	}
	for range floodTries {
		batch := make([]ingest.Item, len(open))
		for n, i := range open {
			batch[n] = items[i]
		}
		var again []int
		var wait time.Duration
		for n, r := range f.Ingester.SubmitAll(batch) {
			results[open[n]] = r
			var refused *fault.Error
			if errors.As(r.Err, &refused) && refused.Kind == fault.Unavailable {
				again, wait = append(again, open[n]), max(wait, refused.RetryAfter)
			}
		}
		if open = again; len(open) == 0 {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}

// pause waits until every report is archived and tidies up. It tries again while
// Redis is too busy.
func (f *floodRun) pause(ctx context.Context, now time.Time) (err error) {
	for range floodTries {
		if err = f.tidyUp(ctx, now); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
		}
	}
	return err
}

// tidyUp waits until every report is archived, and tidies up as a server would.
func (f *floodRun) tidyUp(ctx context.Context, now time.Time) error {
	for {
		waiting, err := f.shared.Journal.Backlog(ctx)
		if err != nil {
			return err
		}
		if waiting.Entries == 0 {
			break
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
	if err := f.shared.Archive.Prepare(ctx, now); err != nil {
		return err
	}
	if _, err := f.Archive.RollUp(ctx, now); err != nil {
		return err
	}
	if err := f.Store.Forget(ctx, now); err != nil {
		return err
	}
	if now.Equal(now.Truncate(memoryInterval)) {
		return f.measure(ctx, now)
	}
	return nil
}

// networkOf names the network of an address: the /24 of an IPv4 address, the /48
// of an IPv6 one.
func networkOf(addr netip.Addr) string {
	bits := 24
	if addr.Is6() {
		bits = 48
	}
	return netip.PrefixFrom(addr, bits).Masked().String()
}

// measure compares the memory of Redis with the model.
func (f *floodRun) measure(ctx context.Context, now time.Time) error {
	used, err := f.shared.Conn.UsedMemory(ctx)
	if err != nil {
		return err
	}
	used -= f.empty
	f.memory.Forget(now)
	want := f.memory.Bytes()
	r := &f.result
	f.log.Info("memory of Redis", "at", now, "bytes", int64(used), "formula", int64(want))
	if used > 3*emptyMemory { // below that, what is there without reports weighs too much
		r.Deviation = max(r.Deviation, used/want-1, 1-used/want)
	}
	if used > r.RedisPeak {
		r.RedisPeak, r.RedisFormula = used, want
	}
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	r.ProcessPeak = max(r.ProcessPeak, float64(memory.Sys))
	return nil
}

// finish counts what was archived, and lets Redis forget everything.
func (f *floodRun) finish(ctx context.Context, s *scenario.Scenario) error {
	end := s.End.Add(time.Hour)
	if _, err := f.Archive.RollUp(ctx, end); err != nil {
		return err
	}
	var err error
	if f.result.Archived, err = f.Archive.Reports(ctx, s.Start, end); err != nil {
		return err
	}
	if f.result.RolledUp, err = f.Archive.Problems(ctx, s.Start, end); err != nil {
		return err
	}
	if err := f.Store.Forget(ctx, end.Add(2*window.Retention)); err != nil {
		return err
	}
	used, err := f.shared.Conn.UsedMemory(ctx)
	f.result.RedisLeft = used - f.empty
	return err
}
