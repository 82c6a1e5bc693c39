package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/outcry/outcry/pkg/httpapi"
	"github.com/outcry/outcry/pkg/limit"
	"github.com/outcry/outcry/pkg/metrics"
	"github.com/outcry/outcry/pkg/version"
)

// listenMetrics returns a listener for /metrics on an address of its own, which
// should not be public. Without an address it returns nil.
func listenMetrics(address string) (net.Listener, error) {
	if address == "" {
		return nil, nil
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen on %s (OUTCRY_METRICS_LISTEN says where): %w", address, err)
	}
	return l, nil
}

// serveMetrics answers /metrics, and /debug/pprof with profiles of the process,
// until ctx ends.
func (p *Parts) serveMetrics(ctx context.Context, listener net.Listener, log *slog.Logger) error {
	if listener == nil {
		return nil
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(p.registry(), promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: readTime, ErrorLog: serverLog(log)}
	stop := context.AfterFunc(ctx, func() { server.Close() }) // a scrape that is cut off is repeated
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve metrics: %w", err)
	}
	return nil
}

// registry returns the metrics of this process.
func (p *Parts) registry() *prometheus.Registry {
	r := prometheus.NewRegistry()
	var leads func() bool
	if d := p.Distributed(); d != nil {
		leads = d.leads
	}
	r.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		metrics.Traffic{In: p.Ingester, Out: p.hub},
		metrics.Judgements{Monitor: p.Monitor, Ready: p.Store.Ready, Leads: leads},
		p.caches,
		p.gates,
		p.limitedReads,
		newServiceMetrics(p),
		wrongKeyMetrics{p.wrongKeys},
		buildInfo(version.Current()),
	)
	r.MustRegister(outboxMetrics{p.Archive, time.Now})
	r.MustRegister(p.instruments.Collectors()...)
	r.MustRegister(p.mode.collectors()...)
	return r
}

// buildInfo is the metric that says which build runs. Its value is always 1.
func buildInfo(b version.Build) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name:        "outcry_build_info",
		Help:        "The build of the running program; always 1.",
		ConstLabels: prometheus.Labels{"version": b.Version, "commit": b.Commit, "date": b.Date, "goversion": b.Go},
	}, func() float64 { return 1 })
}

// newLimitedReads returns the counter of reads beyond an allowance.
func newLimitedReads() *prometheus.CounterVec {
	reads := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "outcry_limited_reads_total", Help: "Reads refused because an allowance of their sender was exhausted, by that allowance.",
	}, []string{"allowance"})
	reads.WithLabelValues(limit.Decision{Class: limit.Pages}.Policy()) // a rate needs a first value
	return reads
}

// wrongKeyMetrics exports how many keys were wrong.
type wrongKeyMetrics struct{ *httpapi.WrongKeys }

var wrongKeys = prometheus.NewDesc("outcry_wrong_keys_total", "Keys that do not exist or were revoked, and look-ups refused because of too many of them.", []string{"outcome"}, nil)

// Describe lists the metric.
func (m wrongKeyMetrics) Describe(to chan<- *prometheus.Desc) { to <- wrongKeys }

// Collect reads the totals.
func (m wrongKeyMetrics) Collect(to chan<- prometheus.Metric) {
	refused, limited := m.Stats()
	to <- prometheus.MustNewConstMetric(wrongKeys, prometheus.CounterValue, float64(refused), "refused")
	to <- prometheus.MustNewConstMetric(wrongKeys, prometheus.CounterValue, float64(limited), "limited")
}
