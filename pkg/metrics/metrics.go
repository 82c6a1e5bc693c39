// Package metrics measures what a process does, for Prometheus: requests,
// submissions, calls of the store and the archive, ticks, deliveries and caches.
// Names have the prefix outcry_ and end with their unit. No label can take more
// values than the code names: routes are patterns, not paths.
package metrics

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/notify"
)

// latencies are the bounds of histograms of latencies, in seconds.
var latencies = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}

// Instruments count and time events as they happen. What a part of the program
// counts by itself is exported by collectors instead.
type Instruments struct {
	requests        *prometheus.CounterVec
	requestSeconds  *prometheus.HistogramVec
	storeSeconds    *prometheus.HistogramVec
	batchSize       prometheus.Histogram
	archiveSeconds  *prometheus.HistogramVec
	archiveErrors   *prometheus.CounterVec
	tickSeconds     prometheus.Histogram
	tickErrors      prometheus.Counter
	deliveries      *prometheus.CounterVec
	deliverySeconds *prometheus.HistogramVec
}

// New returns instruments that have measured nothing yet. Channels are the names of
// those that deliver messages.
func New(channels ...string) *Instruments {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	histogram := func(name, help string, labels ...string) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: latencies}, labels)
	}
	i := &Instruments{
		requests:       counter("outcry_http_requests_total", "HTTP requests that were answered, by the pattern of their route.", "route", "method", "code"),
		requestSeconds: histogram("outcry_http_request_duration_seconds", "Time from a request to the end of its answer, without event streams.", "route", "method"),
		storeSeconds:   histogram("outcry_store_duration_seconds", "Time that the store of the windows took for a call.", "operation"),
		batchSize: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "outcry_batch_reports", Help: "Reports and visits in a batch that was counted at once.",
			Buckets: prometheus.ExponentialBuckets(1, 4, 8)}),
		archiveSeconds: histogram("outcry_archive_duration_seconds", "Time that the archive took for a statement, or for a transaction that archives entries of the journal.", "operation"),
		archiveErrors:  counter("outcry_archive_errors_total", "Statements and transactions of the archive that failed.", "operation"),
		tickSeconds:    prometheus.NewHistogram(prometheus.HistogramOpts{Name: "outcry_tick_duration_seconds", Help: "Time that the judgement of all services took.", Buckets: latencies}),
		tickErrors:     prometheus.NewCounter(prometheus.CounterOpts{Name: "outcry_tick_errors_total", Help: "Ticks in which something could not be read or judged."}),
		deliveries:     counter("outcry_deliveries_total", "Attempts to deliver a message, by channel and result.", "channel", "result"),
		deliverySeconds: histogram("outcry_delivery_duration_seconds", "Time that an attempt to deliver a message took.",
			"channel"),
	}
	for _, operation := range []string{archive.OperationStatement, archive.OperationEntries} {
		i.archiveErrors.WithLabelValues(operation) // a rate needs a first value
	}
	for _, channel := range channels {
		for _, result := range []notify.Result{notify.Delivered, notify.Failed, notify.Rejected, notify.Gone} {
			i.deliveries.WithLabelValues(channel, string(result))
		}
		i.deliverySeconds.WithLabelValues(channel)
	}
	return i
}

// Collectors returns the instruments for a registry.
func (i *Instruments) Collectors() []prometheus.Collector {
	return []prometheus.Collector{
		i.requests, i.requestSeconds, i.storeSeconds, i.batchSize, i.archiveSeconds, i.archiveErrors, i.tickSeconds, i.tickErrors, i.deliveries, i.deliverySeconds,
	}
}

// Archived notes an operation of the archive.
func (i *Instruments) Archived(_ context.Context, operation string, began time.Time, err error) {
	i.archiveSeconds.WithLabelValues(operation).Observe(time.Since(began).Seconds())
	if err != nil {
		i.archiveErrors.WithLabelValues(operation).Inc()
	}
}

// Ticked notes a tick of the monitor.
func (i *Instruments) Ticked(took time.Duration, err error) {
	i.tickSeconds.Observe(took.Seconds())
	if err != nil {
		i.tickErrors.Inc()
	}
}

// Attempted notes an attempt to deliver a message.
func (i *Instruments) Attempted(channel string, result notify.Result, took time.Duration) {
	i.deliveries.WithLabelValues(channel, string(result)).Inc()
	i.deliverySeconds.WithLabelValues(channel).Observe(took.Seconds())
}
