package app

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
	// floodPause is how often, by the clock of the flood, it waits until all is
	// in the archive, rolls up, and forgets.
	floodPause = 15 * time.Minute
	// floodLook is how often it looks at the memory of Redis.
	floodLook = time.Hour
	// mayBeLeft is what partitions and connections take without a report: names of
	// symptoms, epochs, empty streams with who reads them, buffers.
	mayBeLeft = 1 << 20
)

// Flooded is what a flood did.
type Flooded struct {
	Reports  int64   `json:"reports"`
	Counted  int64   `json:"counted"`
	Repeats  int64   `json:"repeats"`
	Archived int64   `json:"archived"`
	RolledUp int64   `json:"rolled_up"`
	Services int     `json:"services"`
	Seconds  float64 `json:"seconds"`
	PerSec   float64 `json:"reports_per_second"`
	// Memory of Redis at the fullest look, what the formula says of that moment,
	// and the largest deviation of any look as a share.
	RedisPeak    float64 `json:"redis_peak_bytes"`
	RedisFormula float64 `json:"redis_formula_bytes"`
	Deviation    float64 `json:"redis_deviation"`
	RedisLeft    float64 `json:"redis_left_bytes"` // after all was forgotten
	ProcessPeak  float64 `json:"process_peak_bytes"`
}

// WriteText says it for people.
func (f *Flooded) WriteText(w io.Writer) error {
	_, err := fmt.Fprintf(w, `%d reports of %d services: %d counted, %d repeats
archived %d, rolled up %d
%.0f s, %.0f reports/s; this process took %.0f MB at most
Redis: %.1f MB at its fullest, %.1f MB by the formula, never more than %.1f %% apart
       %s
       %.2f MB are left after all was forgotten, however many reports there were
`, f.Reports, f.Services, f.Counted, f.Repeats, f.Archived, f.RolledUp, f.Seconds, f.PerSec, f.ProcessPeak/1e6,
		f.RedisPeak/1e6, f.RedisFormula/1e6, 100*f.Deviation, redisstore.MemoryFormula, f.RedisLeft/1e6)
	return err
}

// OK tells whether every counted report is in the archive and in its rollups,
// and Redis is as full as it should be.
func (f *Flooded) OK() bool {
	return f.Archived == f.Counted && f.RolledUp == f.Counted && f.Deviation <= 0.1 &&
		f.RedisLeft <= mayBeLeft
}

// JSON writes one line.
func (f *Flooded) JSON(w io.Writer) error { return json.NewEncoder(w).Encode(f) }

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
func Flood(ctx context.Context, cfg config.Config, s *scenario.Scenario, seed int64, progress *Progress, log *slog.Logger) (_ *Flooded, err error) {
	if !cfg.Distributed() {
		return nil, errors.New("a flood needs OUTCRY_REDIS_URL and OUTCRY_DATABASE_URL, both empty")
	}
	cfg.Simulated = true
	clock := &virtualClock{}
	clock.set(s.Start)
	p, err := assemble(ctx, cfg, log, clock.now, true)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	f := &flood{parts: p, clock: clock, memory: redisstore.NewMemoryModel(), result: Flooded{Services: len(s.Services)}}
	f.ingester = ingest.New(ingest.Options{
		Store: p.store, Rules: copies{p.catalog}, Locate: p.locator.Country, Keys: p.keys, Now: clock.now, Log: log,
	})
	if err := f.store.Beat(ctx, s.Start); err != nil {
		return nil, err
	}
	if f.empty, err = f.used(ctx); err != nil {
		return nil, err
	}

	work := newGroup(context.WithoutCancel(ctx))
	hearing := work.run("redis", p.shared.conn.Run)
	carrying := work.run("journal", p.shared.carrier.Run)
	ingesting := work.run("ingest", f.ingester.Run)
	defer func() {
		ingesting.stop()
		carrying.stop()
		hearing.stop()
		err = errors.Join(err, work.err())
	}()
	began := time.Now()
	for minute, submissions := range s.Stream(seed) {
		if err := f.minute(ctx, minute, submissions); err != nil {
			return nil, fmt.Errorf("flood at %s: %w", minute.Format(time.DateTime), err)
		}
		progress.at(minute.Sub(s.Start), s.End.Sub(s.Start))
	}
	if err := f.pause(ctx, s.End); err != nil {
		return nil, err
	}
	f.result.Seconds = time.Since(began).Seconds()
	f.result.PerSec = float64(f.result.Reports) / f.result.Seconds
	progress.end()
	return &f.result, f.finish(ctx, s)
}

// flood drives the parts of a server.
type flood struct {
	*parts
	clock    *virtualClock
	ingester *ingest.Ingester
	memory   *redisstore.MemoryModel
	empty    float64 // what Redis takes with nothing counted
	result   Flooded
}

// minute submits what a minute holds, by several workers at once.
func (f *flood) minute(ctx context.Context, minute time.Time, submissions []scenario.Submission) error {
	now := minute.Add(time.Minute - time.Millisecond)
	f.clock.set(now)
	items := make([]ingest.Item, len(submissions))
	for i := range submissions {
		items[i] = ingest.Item{
			Submission: submissions[i].Submission,
			Sender:     ingest.Sender{Addr: submissions[i].Addr, Trusted: true, Exempt: true},
		}
	}
	results := make([]ingest.Result, len(items))
	var workers sync.WaitGroup
	for part := range floodWorkers {
		workers.Go(func() {
			from, to := len(items)*part/floodWorkers, len(items)*(part+1)/floodWorkers
			for some := range slices.Chunk(items[from:to], ingest.MaxBatch/floodWorkers) {
				f.submit(ctx, some, results[from:])
				from += len(some)
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

// floodTries is how often something is tried while Redis is too busy to answer.
const floodTries = 20

// submit submits items until all have a result, as a client would.
func (f *flood) submit(ctx context.Context, items []ingest.Item, results []ingest.Result) {
	open := make([]int, len(items)) // places without a result
	for i := range open {
		open[i] = i
	}
	for range floodTries {
		some := make([]ingest.Item, len(open))
		for n, i := range open {
			some[n] = items[i]
		}
		var again []int
		var wait time.Duration
		for n, r := range f.ingester.SubmitAll(some) {
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

// pause tidies up once all is in the archive, again while Redis is too busy.
func (f *flood) pause(ctx context.Context, now time.Time) (err error) {
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

// tidyUp waits until all is in the archive, and tidies up as a server would.
func (f *flood) tidyUp(ctx context.Context, now time.Time) error {
	for {
		waiting, err := f.shared.source.Backlog(ctx)
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
	if err := f.shared.archive.Prepare(ctx, now); err != nil {
		return err
	}
	if _, err := f.archive.RollUp(ctx, now); err != nil {
		return err
	}
	if err := f.store.Forget(ctx, now); err != nil {
		return err
	}
	if now.Equal(now.Truncate(floodLook)) {
		return f.look(ctx, now)
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

// look compares the memory of Redis with the formula.
func (f *flood) look(ctx context.Context, now time.Time) error {
	used, err := f.used(ctx)
	if err != nil {
		return err
	}
	used -= f.empty
	f.memory.Forget(now)
	want := f.memory.Bytes()
	r := &f.result
	f.log.Info("memory of Redis", "at", now, "bytes", int64(used), "formula", int64(want))
	if used > 3*mayBeLeft { // under that what is there without reports is too much of it
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

// finish adds up what arrived, and lets Redis forget everything.
func (f *flood) finish(ctx context.Context, s *scenario.Scenario) error {
	end := s.End.Add(time.Hour)
	if _, err := f.archive.RollUp(ctx, end); err != nil {
		return err
	}
	var err error
	if f.result.Archived, err = f.archive.Reports(ctx, s.Start, end); err != nil {
		return err
	}
	if f.result.RolledUp, err = f.archive.Problems(ctx, s.Start, end); err != nil {
		return err
	}
	if err := f.store.Forget(ctx, end.Add(2*window.Retention)); err != nil {
		return err
	}
	used, err := f.used(ctx)
	f.result.RedisLeft = used - f.empty
	return err
}

func (f *flood) used(ctx context.Context) (float64, error) { return f.shared.conn.UsedMemory(ctx) }
