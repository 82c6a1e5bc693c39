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

// redisWarmUp is shorter than warmUp: in Redis the reports have to be counted.
const redisWarmUp = 10 * time.Minute

// BenchmarkTickOnRedis is BenchmarkTick with the reports counted and read in a
// Redis of its own, whose CPU time is a metric of its own. Run it with -benchtime
// 360x, an hour. The reports of a minute are counted before the first tick that
// reads them.
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
			defer conn.Client.Close()
			s := redisstore.New(conn, redisstore.Options{Unlimited: true})
			h := newLoad(c.services, 50, 3, c.perMinute)
			upTo := h.start.Add(-window.Default)
			var counting time.Duration // CPU time of Redis for counting
			prepare := func(now time.Time) {
				before := serverTime(b, conn)
				for ; !upTo.After(now); upTo = upTo.Add(window.Width) {
					h.countMinute(b, s, upTo)
				}
				counting += serverTime(b, conn) - before
			}
			before := serverTime(b, conn)
			h.measure(b, s, redisWarmUp, prepare)
			ticks := b.N + int(redisWarmUp/time.Minute)
			b.ReportMetric(float64((serverTime(b, conn)-before-counting).Milliseconds())/float64(ticks), "redis-cpu-ms/tick")
		})
	}
}

var _ monitor.Store = (*redisstore.Store)(nil)

// countMinute counts the reports that were drawn for a minute.
func (h *load) countMinute(b *testing.B, s *redisstore.Store, minute time.Time) {
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
		course := h.courses[i%drawn]
		for _, c := range course[int(minute.Sub(course[0].Start)/window.Width)].Problems {
			for range c.N {
				n := h.nextReport()
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

// nextReport returns the number of the next report.
func (h *load) nextReport() uint64 {
	h.reports++
	return h.reports
}

// serverTime returns the CPU time of a Redis so far.
func serverTime(b *testing.B, c *redisconn.Conn) time.Duration {
	b.Helper()
	info, err := c.Client.Info(b.Context(), "cpu").Result()
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
