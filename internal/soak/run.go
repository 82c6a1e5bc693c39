package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/outcry/outcry/internal/launch"
)

// result is what a soak measured.
type result struct {
	*tally
	length  time.Duration
	memory  []int64 // resident bytes, once a second
	heap    []int64 // bytes of live and dead objects of Go, once a second
	server  float64 // reports that the server says it counted
	log     string
	stopErr error
}

// run starts a server, loads it and returns what was measured.
func (p *plan) run(ctx context.Context) (*result, error) {
	dir, err := os.MkdirTemp("", "outcry-soak-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	catalog := filepath.Join(dir, "catalog.yaml")
	if err := os.WriteFile(catalog, []byte(p.catalog()), 0o600); err != nil {
		return nil, err
	}
	settings := []string{"OUTCRY_CATALOG_EXTRA=" + catalog}
	if p.tick > 0 {
		settings = append(settings, "OUTCRY_TICK="+p.tick.String())
	}
	if p.redis != "" {
		settings = append(settings, "OUTCRY_REDIS_URL="+p.redis, "OUTCRY_DATABASE_URL="+p.database)
	}
	server, err := launch.Start(ctx, p.binary, settings...)
	if err != nil {
		return nil, err
	}
	r := &result{tally: newTally()}
	err = p.load(ctx, server, r)
	if err == nil {
		r.server, err = metric(server.Metrics, `outcry_reports_total{outcome="counted"`)
	}
	r.log, r.stopErr = server.Stop()
	return r, err
}

// catalog returns a file with the services of the soak.
func (p *plan) catalog() string {
	var b strings.Builder
	b.WriteString("services:\n")
	for n := range p.services {
		fmt.Fprintf(&b, "  soak-%d: {names: {en: Soak %d}, category: messaging, symptoms: [%s, other]}\n", n, n, strings.Join(symptoms, ", "))
	}
	return b.String()
}

// load sends everything that the plan asks for, and measures the server meanwhile.
func (p *plan) load(ctx context.Context, server *launch.Server, r *result) error {
	start := time.Now()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	host := strings.TrimPrefix(server.URL, "http://")
	reports := make(chan due, queueSize)
	var sending, others sync.WaitGroup
	rng := rand.New(rand.NewPCG(3, 3))
	for n := range p.streams {
		address, from := p.stream(server.URL, n, rng), visitor(rng)
		others.Go(func() { follow(ctx, address, from, r.tally) })
	}
	others.Go(func() { p.read(ctx, server.URL, r.tally) })
	var measureErr error
	others.Go(func() { measureErr = r.measure(ctx, server) })
	sending.Go(func() { p.schedule(ctx, start, reports, r.tally) })
	for n := range workers {
		sending.Go(func() { p.report(host, uint64(n), reports, r.tally) })
	}
	sending.Wait()
	err := ctx.Err() // interrupted
	stop()
	others.Wait()
	r.length = time.Since(start)
	return errors.Join(err, measureErr)
}

// measure reads the memory of the server once a second until ctx ends.
func (r *result) measure(ctx context.Context, server *launch.Server) error {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		m, err := server.Memory()
		if err != nil {
			return err
		}
		heap, err := metric(server.Metrics, "go_memstats_heap_alloc_bytes")
		if err != nil {
			return err
		}
		r.memory, r.heap = append(r.memory, m.Resident), append(r.heap, int64(heap))
	}
}

// metric returns the sum of the series whose lines begin with a text.
func metric(url, prefix string) (sum float64, err error) {
	res, err := http.Get(url)
	if err != nil {
		return 0, fmt.Errorf("read the metrics: %w", err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, fmt.Errorf("read the metrics: %w", err)
	}
	found := false
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(line, prefix) {
			continue
		}
		value := line[strings.LastIndexByte(line, ' ')+1:]
		n, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
		if err != nil {
			return 0, fmt.Errorf("the metrics have the line %q: %w", line, err)
		}
		sum, found = sum+n, true
	}
	if !found {
		return 0, fmt.Errorf("the metrics have no series %s", prefix)
	}
	return sum, nil
}

// quarter returns the mean of the values in quarter n of 4, or 0 with fewer than 8.
func quarter(values []int64, n int) float64 {
	size := len(values) / 4
	if size < 2 {
		return 0
	}
	sum := int64(0)
	for _, v := range values[(n-1)*size : n*size] {
		sum += v
	}
	return float64(sum) / float64(size)
}

// growth returns how much larger the last quarter is than the second, as a share.
func growth(values []int64) float64 {
	second := quarter(values, 2)
	if second == 0 {
		return 0
	}
	return quarter(values, 4)/second - 1
}

// String words the figures.
func (r *result) String() string {
	n := len(r.calm) + len(r.burst)
	return fmt.Sprintf(`%s, %d reports, %.0f a second
  answers to reports  %s; %d counted, %.0f by the server's own total, %d not sent
  outside of bursts   p50 %s, p99 %s, slowest %s
  in bursts           p50 %s, p99 %s, slowest %s
  pages               %s; p50 %s, p99 %s
  event clients       %d events, %d streams ended
  memory, MB          %.0f, %.0f, %.0f, %.0f by quarters: %+.1f %% from the second to the last; heap %.0f, %.0f, %.0f, %.0f
`, r.length.Round(time.Second), n, float64(n)/r.length.Seconds(), byStatus(r.statuses), r.counted, r.server, r.unsent,
		at(r.calm, .5), at(r.calm, .99), at(r.calm, 1), at(r.burst, .5), at(r.burst, .99), at(r.burst, 1),
		byStatus(r.pages), at(r.pageTimes, .5), at(r.pageTimes, .99), r.events, r.streamEnds,
		quarter(r.memory, 1)/1e6, quarter(r.memory, 2)/1e6, quarter(r.memory, 3)/1e6, quarter(r.memory, 4)/1e6, 100*growth(r.memory),
		quarter(r.heap, 1)/1e6, quarter(r.heap, 2)/1e6, quarter(r.heap, 3)/1e6, quarter(r.heap, 4)/1e6)
}

// faults returns the checks that failed.
func (r *result) faults(p plan) (list []string) {
	add := func(failed bool, format string, args ...any) {
		if failed {
			list = append(list, fmt.Sprintf(format, args...))
		}
	}
	add(r.counted == 0, "no report was counted")
	add(r.dishonest > 0, "%d answers are neither a success nor a refusal with Retry-After, such as %s", r.dishonest, strings.Join(r.examples, "; "))
	add(float64(r.counted) != r.server, "%d reports were answered as counted, and the server counted %.0f", r.counted, r.server)
	add(r.unsent > 0, "%d reports were not sent, because %d waited for an answer already", r.unsent, queueSize)
	add(r.streamEnds > 0, "%d event streams ended, such as %s", r.streamEnds, strings.Join(r.examples, "; "))
	add(p.streams > 0 && r.events == 0, "no event arrived")
	add(p.p99 > 0 && at(r.calm, .99) > p.p99, "the slowest hundredth of reports outside of bursts took over %s, more than %s", at(r.calm, .99), p.p99)
	add(p.growth > 0 && growth(r.memory) > p.growth, "memory grew by %.1f %% from the second quarter to the last, more than %.1f %%", 100*growth(r.memory), 100*p.growth)
	add(r.stopErr != nil, "the server did not stop in order: %v", r.stopErr)
	add(strings.Contains(r.log, "level=ERROR"), "the log has errors:\n%.2000s", r.log)
	return list
}
