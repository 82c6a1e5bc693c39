package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/outcry/outcry/pkg/ingest"
)

// serveMetrics answers /metrics on an address of its own, which should not be
// public. Without an address it does nothing.
func (p *parts) serveMetrics(ctx context.Context, address string, log *slog.Logger) error {
	if address == "" {
		return nil
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("listen on %s (OUTCRY_METRICS_LISTEN says where): %w", address, err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(p.registry(), promhttp.HandlerOpts{}))
	server := &http.Server{Handler: mux, ReadHeaderTimeout: readTime, ErrorLog: serverLog(log)}
	stop := context.AfterFunc(ctx, func() { server.Close() }) // a scrape that is cut off is repeated
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve metrics: %w", err)
	}
	return nil
}

// registry holds what an operator watches.
func (p *parts) registry() *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		intake{p.ingester},
	)
	return r
}

// intake exports the totals of the ingester.
type intake struct{ *ingest.Ingester }

var (
	outcomes = prometheus.NewDesc("outcry_reports_total", "Reports since the start, by what became of them.", []string{"outcome"}, nil)
	batches  = prometheus.NewDesc("outcry_batches_total", "Batches in which reports were counted.", nil, nil)
	visits   = prometheus.NewDesc("outcry_visits_total", "Visits since the start, by what became of them.", []string{"outcome"}, nil)
	waiting  = prometheus.NewDesc("outcry_reports_waiting", "Reports that wait to be counted.", nil, nil)
)

// Describe lists the metrics.
func (i intake) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{outcomes, batches, visits, waiting} {
		to <- d
	}
}

// Collect reads the totals.
func (i intake) Collect(to chan<- prometheus.Metric) {
	s := i.Stats()
	total := func(d *prometheus.Desc, n int64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), labels...)
	}
	total(outcomes, s.Counted, "counted")
	total(outcomes, s.Repeats, "repeat")
	total(outcomes, s.Known, "known")
	total(outcomes, s.Limited, "too_many_devices")
	total(outcomes, s.Throttled, "throttled")
	total(outcomes, s.Refused, "refused")
	total(outcomes, s.Failed, "failed")
	total(batches, s.Batches)
	total(visits, s.Visits, "counted")
	total(visits, s.VisitsDropped, "dropped")
	to <- prometheus.MustNewConstMetric(waiting, prometheus.GaugeValue, float64(s.Waiting))
}
