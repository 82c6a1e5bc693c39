package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/outcry/outcry/pkg/httpapi"
	"github.com/outcry/outcry/pkg/ingest"
	"github.com/outcry/outcry/pkg/publish"
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

// serveMetrics answers /metrics until ctx ends.
func (p *Parts) serveMetrics(ctx context.Context, listener net.Listener, log *slog.Logger) error {
	if listener == nil {
		return nil
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

// registry returns the metrics of this process.
func (p *Parts) registry() *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		traffic{p.Ingester, p.hub},
		p.gates,
		p.limitedReads,
		newServiceMetrics(p),
		wrongKeyMetrics{p.wrongKeys},
		buildInfo(version.Current()),
	)
	r.MustRegister(outboxMetrics{p.Archive, time.Now})
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
	return prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "outcry_limited_reads_total", Help: "Reads refused because an allowance of their sender was exhausted, by that allowance.",
	}, []string{"allowance"})
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

// traffic exports the totals of ingest and of the event streams.
type traffic struct {
	in  *ingest.Ingester
	out *publish.Hub
}

var (
	outcomes  = prometheus.NewDesc("outcry_reports_total", "Reports since the start, by what became of them.", []string{"outcome"}, nil)
	batches   = prometheus.NewDesc("outcry_batches_total", "Batches in which reports were counted.", nil, nil)
	visits    = prometheus.NewDesc("outcry_visits_total", "Visits since the start, by what became of them.", []string{"outcome"}, nil)
	dropped   = prometheus.NewDesc("outcry_subscribers_dropped_total", "Subscribers that did not keep up with events.", nil, nil)
	streaming = prometheus.NewDesc("outcry_subscribers", "Open event streams.", nil, nil)
	waiting   = prometheus.NewDesc("outcry_reports_waiting", "Reports and visits that wait to be counted.", nil, nil)
)

// Describe lists the metrics.
func (t traffic) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{outcomes, batches, visits, waiting, streaming, dropped} {
		to <- d
	}
}

// Collect reads the totals.
func (t traffic) Collect(to chan<- prometheus.Metric) {
	s := t.in.Stats()
	total := func(d *prometheus.Desc, n int64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), labels...)
	}
	total(outcomes, s.Counted, "counted")
	total(outcomes, s.Repeats, "repeat")
	total(outcomes, s.Resent, "known")
	total(outcomes, s.Limited, "too_many_devices")
	total(outcomes, s.Throttled, "throttled")
	total(outcomes, s.Challenged, "challenged")
	total(outcomes, s.Surplus, "not_stored")
	total(outcomes, s.Refused, "refused")
	total(outcomes, s.Failed, "failed")
	total(batches, s.Batches)
	total(visits, s.Visits, "counted")
	total(visits, s.VisitsDropped, "dropped")
	total(visits, s.VisitsLimited, "throttled")
	subscribers, lost := t.out.Stats()
	total(dropped, lost)
	to <- prometheus.MustNewConstMetric(streaming, prometheus.GaugeValue, float64(subscribers))
	to <- prometheus.MustNewConstMetric(waiting, prometheus.GaugeValue, float64(s.Waiting))
}
