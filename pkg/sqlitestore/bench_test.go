package sqlitestore

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// BenchmarkCount counts batches of reports, each of a new reporter, of 20
// services, 10 countries and 5 symptoms. IDs are in the order of time, as the
// server makes them, or random, as clients may send them.
func BenchmarkCount(b *testing.B) {
	for _, sync := range []string{"full", "relaxed"} {
		for _, ids := range []string{"ordered", "random"} {
			for _, size := range []int{1, 32, 256, 1024} {
				b.Run(fmt.Sprintf("sync=%s/ids=%s/batch=%d", sync, ids, size), func(b *testing.B) {
					countBatches(b, sync == "relaxed", ids == "random", size)
				})
			}
		}
	}
}

func countBatches(b *testing.B, relaxed, random bool, size int) {
	a, err := archive.Open(b.Context(), filepath.Join(b.TempDir(), "outcry.db"), archive.Options{Relaxed: relaxed})
	if err != nil {
		b.Fatal(err)
	}
	defer a.Close()
	s, err := Open(b.Context(), a, Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	now := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	reports := make([]report.Report, size)
	var worst time.Duration
	var cpu time.Duration // wall time means little on a busy machine
	total := 0
	for b.Loop() {
		b.StopTimer()
		for i := range reports {
			reports[i] = someReport(now.Add(time.Duration(total)*time.Second/60_000), random)
			total++
		}
		b.StartTimer()
		begin, used := time.Now(), cpuTime(b)
		for i, o := range s.Count(b.Context(), reports) {
			if o.Status != window.Counted {
				b.Fatalf("report %d: %+v", i, o)
			}
		}
		worst = max(worst, time.Since(begin))
		cpu += cpuTime(b) - used
	}
	b.ReportMetric(float64(total)/b.Elapsed().Seconds(), "reports/s")
	b.ReportMetric(cpu.Seconds()*1e6/float64(total), "cpu-µs/report")
	b.ReportMetric(worst.Seconds()*1000, "worst-ms")
}

// cpuTime returns the CPU time of this process so far.
func cpuTime(b *testing.B) time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

func someReport(at time.Time, random bool) report.Report {
	id := uuid.New()
	if !random {
		id = uuid.Must(uuid.NewV7())
	}
	return report.Report{
		ID: id, Service: fmt.Sprintf("service-%02d", rand.N(20)), Symptom: symptoms[rand.N(len(symptoms))],
		Country: countries[rand.N(len(countries))], Minute: window.Start(at), Received: at,
		Reporter: report.Reporter{Address: rand.Uint64(), Device: rand.Uint64()}, Network: report.Network(rand.Uint64()),
	}
}

var (
	symptoms  = []string{"connection", "messaging", "login", "payment", "other"}
	countries = []string{"BD", "BR", "DE", "FR", "GB", "ID", "IN", "JP", "US", "ZZ"}
)

// BenchmarkOpen opens a file with the reports of 24 hours, most of which only
// count in buckets, and of 10 minutes, whose IDs and reporters are read too.
func BenchmarkOpen(b *testing.B) {
	for _, over := range []time.Duration{24 * time.Hour, 10 * time.Minute} {
		b.Run(fmt.Sprintf("reports=200000/over=%s", over), func(b *testing.B) { openWithReports(b, over) })
	}
}

func openWithReports(b *testing.B, over time.Duration) {
	a, err := archive.Open(b.Context(), filepath.Join(b.TempDir(), "outcry.db"), archive.Options{Relaxed: true})
	if err != nil {
		b.Fatal(err)
	}
	defer a.Close()
	s, err := Open(b.Context(), a, Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	const n, size = 200_000, 1000
	start := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	batch := make([]report.Report, size)
	for i := range n {
		batch[i%size] = someReport(start.Add(over*time.Duration(i)/n), false)
		if i%size == size-1 {
			s.Count(b.Context(), batch)
		}
	}
	used := cpuTime(b)
	for b.Loop() {
		s, err := newStore(b.Context(), a, Options{})
		if err != nil {
			b.Fatal(err)
		}
		if len(s.mirror.services) != 20 {
			b.Fatalf("%d services, want 20", len(s.mirror.services))
		}
	}
	b.ReportMetric((cpuTime(b)-used).Seconds()*1e6/float64(b.N)/n, "cpu-µs/report")
	var pages, width int64
	if err := a.Reader().Raw(`PRAGMA page_count`).Scan(&pages).Error; err != nil {
		b.Fatal(err)
	}
	if err := a.Reader().Raw(`PRAGMA page_size`).Scan(&width).Error; err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(pages*width)/n, "file-B/report")
}
