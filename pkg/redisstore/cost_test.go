package redisstore

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/outcry/outcry/internal/redistest"
	"github.com/outcry/outcry/pkg/redisconn"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// TestCost measures what reports cost in Redis. It fails if they take too much
// memory. It only prints their time, which depends on the machine.
func TestCost(t *testing.T) {
	server := redistest.Start(t)
	c, err := redisconn.Open(t.Context(), redisconn.Options{URL: server.URL()})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Client.Close()
	s := New(c, Options{})
	const reports = 200_000
	n := uint64(0)
	for _, size := range []int{1, 10, 100, 1000} {
		// Other programs may use the processor at the same time, so the best of some
		// runs is closest to the true cost.
		best := time.Duration(math.MaxInt64)
		var total time.Duration
		const runs = 10
		each := min(reports/4, 2_000*size) / runs
		for range runs {
			before := scriptTime(t, c)
			for range each / size {
				batch := make([]report.Report, size)
				for i := range batch {
					n++
					batch[i] = problem(n, "whatsapp", noon.Add(time.Duration(n)*10*time.Minute/reports))
					batch[i].Country = []string{"IN", "BD", "BR", "DE", "GB", "ID", "MX", "NG", "PK", "US"}[mix(n)%10]
					batch[i].Symptom = []string{"connection", "messaging", "login"}[mix(n)/10%3]
					batch[i].Network = report.Network(mix(n) % 20_000)
				}
				count(t, s, window.Counted, batch...)
			}
			took := scriptTime(t, c) - before
			total += took
			best = min(best, took)
		}
		micros := func(d time.Duration, reports int) float64 { return float64(d.Nanoseconds()) / 1000 / float64(reports) }
		t.Logf("batches of %4d: %5.2f µs of Redis for a report, at best %5.2f", size, micros(total, runs*each), micros(best, each))
	}
	p := window.PartitionOf("whatsapp")
	perID := memoryOf(t, c, p, "ids:") / float64(n)
	perReporter := memoryOf(t, c, p, "seen:") / float64(n)
	t.Logf("%.1f bytes for a report ID, %.1f for a reporter, with %d of each", perID, perReporter, n)
	if perID+perReporter > 24 {
		t.Errorf("a report ID and a reporter take %.1f bytes, want at most 24", perID+perReporter)
	}

	const services, minutes = 500, 60
	var visits []report.Report
	partitions := map[int]bool{}
	for service := range services {
		r := problem(1, fmt.Sprintf("service-%d", service), noon.Add(24*time.Hour))
		r.Kind, r.Symptom = report.Visit, ""
		partitions[window.PartitionOf(r.Service)] = true
		for minute := range minutes {
			r.Minute = r.Received.Add(time.Duration(minute) * time.Minute)
			visits = append(visits, r)
		}
	}
	count(t, s, window.Counted, visits...)
	var all float64
	for p := range partitions {
		all += memoryOf(t, c, p, hourSpan(number(noon.Add(24*time.Hour), time.Hour)).name)
	}
	perBucket := all / services / minutes
	t.Logf("%.1f bytes for a bucket of one cell", perBucket)
	if perBucket > 120 {
		t.Errorf("a bucket of one cell takes %.1f bytes, want at most 120", perBucket)
	}
}

// scriptTime returns how long Redis has run scripts in all.
func scriptTime(t *testing.T, c *redisconn.Conn) time.Duration {
	t.Helper()
	info, err := c.Client.Info(t.Context(), "commandstats").Result()
	if err != nil {
		t.Fatal(err)
	}
	var spent time.Duration
	for _, name := range []string{"eval", "evalsha"} {
		_, stats, found := strings.Cut(info, "cmdstat_"+name+":")
		if !found {
			continue
		}
		_, usec, _ := strings.Cut(stats, "usec=")
		usec, _, _ = strings.Cut(usec, ",")
		n, err := strconv.ParseInt(usec, 10, 64)
		if err != nil {
			t.Fatalf("commandstats of %s: %v", name, err)
		}
		spent += time.Duration(n) * time.Microsecond
	}
	return spent
}

// memoryOf returns the bytes that the keys of a partition take whose names begin
// with name.
func memoryOf(t *testing.T, c *redisconn.Conn, partition int, name string) (bytes float64) {
	t.Helper()
	for _, key := range redistest.Keys(t, c) {
		if !strings.HasPrefix(key, c.Key(partition, name)) {
			continue
		}
		n, err := c.Client.MemoryUsage(t.Context(), key, 0).Result()
		if err != nil {
			t.Fatal(err)
		}
		bytes += float64(n)
	}
	return bytes
}
