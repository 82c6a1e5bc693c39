package monitor_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/baseline"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/monitor"
	"github.com/outcry/outcry/pkg/publish"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// load is a store, a history and an archive in memory for benchmarks. Every
// service has reports from every country, as many as its baseline expects.
type load struct {
	services  []string
	countries []string
	symptoms  []string
	courses   [][]window.Bucket // drawn beforehand; service i has the course i modulo drawn
	counted   [][]window.Bucket // the part of courses up to the last beat
	networks  window.NetworkCounts
	start     time.Time
	reports   uint64 // that were counted
}

const (
	drawn  = 64  // courses
	before = 60  // minutes of a course before the start
	after  = 240 // and after it
)

func newLoad(services, countries, symptoms int, perMinute float64) *load {
	h := &load{start: morning}
	for i := range services {
		h.services = append(h.services, fmt.Sprintf("service-%05d", i))
	}
	for i := range countries {
		h.countries = append(h.countries, string([]byte{byte('A' + i/26), byte('A' + i%26)}))
	}
	for i := range symptoms {
		h.symptoms = append(h.symptoms, fmt.Sprintf("symptom-%d", i))
	}
	rng := rand.New(rand.NewPCG(1, 1))
	all := 0
	for range drawn {
		var course []window.Bucket
		for m := range before + after {
			b := window.Bucket{Start: h.start.Add(time.Duration(m-before) * time.Minute), Known: true}
			for _, c := range h.countries {
				for _, s := range h.symptoms {
					if n := poisson(rng, perMinute/float64(symptoms)); n > 0 {
						b.Problems = append(b.Problems, window.Count{Cell: window.Cell{Country: c, Symptom: s}, N: int64(n)})
						all += n
					}
				}
			}
			course = append(course, b)
		}
		h.courses = append(h.courses, course)
	}
	in20 := int(perMinute * 20)
	of := window.Sources{Networks: in20, Reports: int64(in20), Discounted: float64(in20), Largest: 1 / float64(max(in20, 1))}
	h.networks = window.NetworkCounts{ByCountry: map[string]window.Sources{}}
	for _, c := range h.countries {
		h.networks.ByCountry[c] = of
	}
	in20 *= countries
	h.networks.World = window.Sources{Networks: in20, Reports: int64(in20), Discounted: float64(in20), Largest: 1 / float64(max(in20, 1))}
	return h
}

func poisson(rng *rand.Rand, mean float64) int {
	n := 0
	for t := rng.ExpFloat64(); t < mean; t += rng.ExpFloat64() {
		n++
	}
	return n
}

func (h *load) index(service string) int {
	i, _ := slices.BinarySearch(h.services, service)
	return i
}

func (h *load) Buckets(_ context.Context, service string, from, to time.Time) ([]window.Bucket, error) {
	course := h.counted[h.index(service)%drawn]
	at := func(t time.Time) int { return min(max(int(t.Sub(course[0].Start)/time.Minute), 0), len(course)) }
	return course[at(from):at(to)], nil
}

func (h *load) BucketsOf(ctx context.Context, services []string, from, to time.Time) ([][]window.Bucket, error) {
	all := make([][]window.Bucket, len(services))
	for i, service := range services {
		all[i], _ = h.Buckets(ctx, service, from, to) // it never fails
	}
	return all, nil
}

func (h *load) NetworksOf(_ context.Context, services []string, _ time.Time, _ time.Duration) ([]window.NetworkCounts, error) {
	return slices.Repeat([]window.NetworkCounts{h.networks}, len(services)), nil
}

// Beat counts the reports up to a time, of the running minute in proportion.
func (h *load) Beat(_ context.Context, at time.Time) error {
	h.counted = h.counted[:0]
	for _, course := range h.courses {
		passed := at.Sub(course[0].Start)
		minutes := int(passed / time.Minute)
		counted := slices.Clone(course[:minutes+1])
		running := &counted[minutes]
		running.Problems = running.Problems[:len(running.Problems)*int(passed%time.Minute)/int(time.Minute)]
		h.counted = append(h.counted, counted)
	}
	return nil
}

// Active returns the services with reports in the minute of since, or later.
func (h *load) Active(_ context.Context, since time.Time) ([]string, error) {
	var active []string
	for i, service := range h.services {
		course := h.counted[i%drawn]
		first := max(int(since.Sub(course[0].Start)/time.Minute), 0)
		if slices.ContainsFunc(course[min(first, len(course)):], func(b window.Bucket) bool { return len(b.Problems) > 0 }) {
			active = append(active, service)
		}
	}
	return active, nil
}

// Rollups gives every cell the mean of what is drawn.
func (h *load) Rollups(_ context.Context, service string, from, to time.Time) ([]window.Rollup, []window.Span, error) {
	hourly := map[window.Cell]int64{}
	for _, b := range h.courses[h.index(service)%drawn][:before] {
		for _, c := range b.Problems {
			hourly[c.Cell] += c.N
		}
	}
	var rollups []window.Rollup
	var spans []window.Span
	for at := from.Truncate(time.Hour); at.Before(to); at = at.Add(time.Hour) {
		if at.Before(h.start.Add(-49 * time.Hour)) {
			continue // two days are enough to learn a mean
		}
		spans = append(spans, window.Span{Start: at, Width: time.Hour, Known: 60})
		for cell, n := range hourly {
			rollups = append(rollups, window.Rollup{Service: service, Kind: report.Problem, Cell: cell, Start: at, Width: time.Hour, N: n})
		}
	}
	return rollups, spans, nil
}

func (h *load) LiveIncidents(context.Context, time.Time) ([]incident.Incident, error) {
	return nil, nil
}
func (h *load) SaveIncidents(_ context.Context, all []publish.Conclusion) ([][]publish.Event, error) {
	saved := make([][]publish.Event, len(all))
	for i, c := range all {
		saved[i] = c.Events
	}
	return saved, nil
}
func (h *load) States(context.Context) (map[string][]byte, error) { return nil, nil }
func (h *load) Problems(context.Context, time.Time, time.Time) (int64, error) {
	return 15_000_000, nil
}
func (h *load) CountProblems(context.Context, string, time.Time, time.Time) (map[window.Cell]int64, error) {
	return nil, nil
}
func (h *load) SaveStates(context.Context, map[string][]byte) error { return nil }
func (h *load) Publish(...publish.Event)                            {}

// warmUp is how long a benchmark ticks before it measures. By then, most cells have
// had a report.
const warmUp = 2 * time.Hour

// BenchmarkTick measures ticks over many active services, each with reports from
// many countries, without the time of a store. A tick that closes a minute steps
// every cell with reports; five of six only judge the reports since the last tick.
// Learning baselines is included, as far as it falls in the measured time.
// The CPU time does not depend on what else the machine does.
func BenchmarkTick(b *testing.B) {
	for _, c := range []struct {
		services  int
		perMinute float64 // reports of each of 50 countries
	}{
		{20_000, 0.01}, // 14 million reports a day
		{20_000, 0.1},
		{2_000, 1}, // every cell has reports in every minute
	} {
		b.Run(fmt.Sprintf("%d/%v", c.services, c.perMinute), func(b *testing.B) {
			h := newLoad(c.services, 50, 3, c.perMinute)
			h.measure(b, h, warmUp, func(time.Time) {})
		})
	}
}

// measure ticks with a store, and reports the CPU time of the ticks after a
// warm-up. It calls prepare before each tick.
func (h *load) measure(b *testing.B, store monitor.Store, warmUp time.Duration, prepare func(now time.Time)) {
	m := monitor.New(monitor.Options{
		Store: store, Archive: h, Baselines: baseline.NewSet(h), Publisher: h, Checkpoint: time.Minute,
		Settings: detect.Defaults(), FalsePerDay: 1, Policy: incident.Defaults(), Log: slog.New(slog.DiscardHandler),
	})
	now := h.start
	tick := func(after time.Duration) time.Duration {
		now = now.Add(after)
		prepare(now)
		before := cpuTime(b)
		if err := m.Tick(context.Background(), now); err != nil {
			b.Fatal(err)
		}
		return cpuTime(b) - before
	}
	for now.Before(h.start.Add(warmUp)) {
		tick(time.Minute)
	}
	var closing, running []time.Duration
	for b.Loop() {
		took := tick(monitor.Interval)
		if now.Sub(h.start)%time.Minute == monitor.Interval {
			closing = append(closing, took)
		} else {
			running = append(running, took)
		}
	}
	both := slices.Concat(closing, running)
	b.ReportMetric(mean(both), "cpu-ms/tick")
	b.ReportMetric(mean(closing), "cpu-ms/closing")
	b.ReportMetric(mean(running), "cpu-ms/running")
	b.ReportMetric(slices.Max(both).Seconds()*1000, "cpu-ms/most")
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	b.ReportMetric(float64(memory.Sys)/1e6, "MB")
}

// mean returns the mean of all in milliseconds.
func mean(all []time.Duration) float64 {
	sum := 0.0
	for _, d := range all {
		sum += d.Seconds() * 1000
	}
	return sum / float64(max(len(all), 1))
}

func cpuTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
