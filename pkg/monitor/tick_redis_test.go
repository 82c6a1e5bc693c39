package monitor_test

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/outcry/outcry/internal/redistest"
	"github.com/outcry/outcry/pkg/monitor"
	"github.com/outcry/outcry/pkg/redisconn"
	"github.com/outcry/outcry/pkg/redisstore"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// redisWarmUp is shorter than without a store: what comes in has to be counted.
const redisWarmUp = 10 * time.Minute

// BenchmarkTickOnRedis is BenchmarkTick with the reports counted and read in a
// Redis of its own, whose CPU time it tells apart. Run it with -benchtime 360x, an
// hour: each minute's reports are counted before the tick that sees them first.
func BenchmarkTickOnRedis(b *testing.B) {
	for _, c := range []struct {
		services  int
		perMinute float64
	}{
		{20_000, 0.01},
		{20_000, 0.1},
	} {
		b.Run(fmt.Sprintf("%d/%v", c.services, c.perMinute), func(b *testing.B) {
			conn, err := redisconn.Open(b.Context(), redisconn.Options{URL: redistest.Start(b).URL()})
			if err != nil {
				b.Fatal(err)
			}
			defer conn.Close()
			s := redisstore.New(conn, redisstore.Options{Unlimited: true})
			h := newCrowdedHouse(c.services, 50, 3, c.perMinute)
			upTo := h.start.Add(-window.Default)
			var redis time.Duration // of what was counted
			counting := func(now time.Time) {
				before := serverTime(b, conn)
				for ; !upTo.After(now); upTo = upTo.Add(window.Width) {
					h.count(b, s, upTo)
				}
				redis += serverTime(b, conn) - before
			}
			before := serverTime(b, conn)
			h.measure(b, s, redisWarmUp, counting)
			ticks := b.N + int(redisWarmUp/time.Minute)
			b.ReportMetric(float64((serverTime(b, conn)-before-redis).Milliseconds())/float64(ticks), "redis-cpu-ms/tick")
		})
	}
}

var _ monitor.Store = (*redisstore.Store)(nil)

// count counts what is drawn for a minute.
func (h *crowdedHouse) count(b *testing.B, s *redisstore.Store, minute time.Time) {
	var batch []report.Report
	flush := func() {
		for i, o := range s.Count(b.Context(), batch) {
			if o.Status != window.Counted {
				b.Fatalf("report %d of %d: %v, %v", i, len(batch), o.Status, o.Err)
			}
		}
		batch = batch[:0]
	}
	if err := s.Beat(b.Context(), minute); err != nil {
		b.Fatal(err)
	}
	for i, service := range h.services {
		course := h.buckets[i%drawn]
		for _, c := range course[int(minute.Sub(course[0].Start)/window.Width)].Problems {
			for range c.N {
				n := h.next()
				var id uuid.UUID
				binary.BigEndian.PutUint64(id[:], n*0x9e3779b97f4a7c15)
				batch = append(batch, report.Report{
					ID: id, Service: service, Country: c.Country, Symptom: c.Symptom, Minute: minute, Received: minute,
					Reporter: report.Reporter{Address: n * 0x9e3779b97f4a7c15, Device: n}, Network: report.Network(n % 1_000_003),
				})
			}
		}
		if len(batch) >= 5000 {
			flush()
		}
	}
	flush()
}

// next numbers the reports.
func (h *crowdedHouse) next() uint64 {
	h.reports++
	return h.reports
}

// serverTime returns the CPU time of a Redis so far.
func serverTime(b *testing.B, c *redisconn.Conn) time.Duration {
	b.Helper()
	info, err := c.Info(b.Context(), "cpu").Result()
	if err != nil {
		b.Fatal(err)
	}
	var seconds float64
	for line := range strings.Lines(info) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		if !slices.Contains([]string{"used_cpu_user", "used_cpu_sys"}, name) {
			continue
		}
		s, err := strconv.ParseFloat(value, 64)
		if err != nil {
			b.Fatalf("Redis used %q of CPU", line)
		}
		seconds += s
	}
	return time.Duration(seconds * float64(time.Second))
}
