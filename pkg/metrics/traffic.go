package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/outcry/outcry/pkg/ingest"
	"github.com/outcry/outcry/pkg/publish"
)

// Traffic exports the totals of submissions, visits and event streams.
type Traffic struct {
	In  interface{ Stats() ingest.Stats }
	Out *publish.Hub
}

var (
	submissions = prometheus.NewDesc("outcry_reports_total", "Submissions since the start, by what became of them and the way on which they came.", []string{"outcome", "source"}, nil)
	batches     = prometheus.NewDesc("outcry_batches_total", "Batches in which reports were counted.", nil, nil)
	visits      = prometheus.NewDesc("outcry_visits_total", "Visits since the start, by what became of them.", []string{"outcome"}, nil)
	waiting     = prometheus.NewDesc("outcry_reports_waiting", "Reports and visits that wait to be counted.", nil, nil)
	waitingMost = prometheus.NewDesc("outcry_reports_waiting_limit", "Reports and visits that may wait; further ones are refused.", nil, nil)
	streams     = prometheus.NewDesc("outcry_event_streams", "Open event streams.", nil, nil)
	streamsMost = prometheus.NewDesc("outcry_event_streams_limit", "Event streams that may be open; further ones are refused.", nil, nil)
	dropped     = prometheus.NewDesc("outcry_event_streams_dropped_total", "Event streams that were closed because their client did not keep up.", nil, nil)
)

// Describe lists the metrics.
func (t Traffic) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{submissions, batches, visits, waiting, waitingMost, streams, streamsMost, dropped} {
		to <- d
	}
}

// Collect reads the totals.
func (t Traffic) Collect(to chan<- prometheus.Metric) {
	s := t.In.Stats()
	counter := func(d *prometheus.Desc, n int64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), labels...)
	}
	gauge := func(d *prometheus.Desc, n int) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(n))
	}
	s.Submissions.Each(func(v ingest.Via, o ingest.Outcome, n int64) { counter(submissions, n, o.String(), v.String()) })
	counter(batches, s.Batches)
	counter(visits, s.Visits, "counted")
	counter(visits, s.VisitsFailed, "failed")
	counter(visits, s.VisitsDropped, "dropped")
	counter(visits, s.VisitsLimited, "throttled")
	gauge(waiting, s.Waiting)
	gauge(waitingMost, ingest.MaxBatch)
	open, lost := t.Out.Stats()
	gauge(streams, open)
	gauge(streamsMost, t.Out.Limit())
	counter(dropped, lost)
}
