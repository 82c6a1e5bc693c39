package ingest

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// BenchmarkSubmit measures ingest with a store that does nothing and 256
// concurrent senders. reports/batch is the average size of a batch.
func BenchmarkSubmit(b *testing.B) {
	outcomes := make([]window.Outcome, MaxBatch)
	for i := range outcomes {
		outcomes[i].Status = window.Counted
	}
	in := New(Options{
		Store:  storeFunc(func(r []report.Report) []window.Outcome { return outcomes[:len(r)] }),
		Rules:  rules{},
		Locate: func(netip.Addr) string { return "IN" },
		Keys:   keys{},
		Now:    time.Now,
		Log:    slog.New(slog.DiscardHandler),
	})
	ctx, stop := context.WithCancel(context.Background())
	var loop sync.WaitGroup
	loop.Go(func() { in.Run(ctx) })

	const senders = 256
	b.ReportAllocs()
	b.ResetTimer()
	var left atomic.Int64
	left.Store(int64(b.N))
	var wg sync.WaitGroup
	for n := range senders {
		from := Sender{Addr: netip.AddrFrom4([4]byte{10, 0, 0, byte(n)})}
		s := report.Submission{Service: "whatsapp", Symptom: "connection", Device: fmt.Sprintf("device %d", n)}
		wg.Go(func() {
			for left.Add(-1) >= 0 {
				if _, err := in.Submit(s, from); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "reports/s")
	b.ReportMetric(float64(b.N)/float64(in.Stats().Batches), "reports/batch")
	stop()
	loop.Wait()
}

// BenchmarkIdentify measures the pseudonyms of one report.
func BenchmarkIdentify(b *testing.B) {
	in := New(Options{Rules: rules{}, Locate: func(netip.Addr) string { return "IN" }})
	from := Sender{Addr: netip.MustParseAddr("2001:db8:1:2::1")}
	r := report.Report{Service: "whatsapp", Minute: noon, Received: noon}
	key := report.DayKey{1}
	b.ReportAllocs()
	for b.Loop() {
		in.identify(&r, from, "0190b1a4-7a30-7cc1-b0d5-2f6a9d1c8e11", &key, nil)
	}
}
