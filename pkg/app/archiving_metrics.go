package app

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/outcry/outcry/pkg/journal"
)

// archivingMetrics exports the progress of reports from the journal to the
// archive.
type archivingMetrics struct {
	archiver *journal.Archiver
	now      func() time.Time
}

var (
	archived     = prometheus.NewDesc("outcry_archived_reports_total", "Reports that this process brought to the archive.", nil, nil)
	archiveFails = prometheus.NewDesc("outcry_archive_failures_total", "Tries to archive that failed.", nil, nil)
	backlog      = prometheus.NewDesc("outcry_archive_backlog_entries", "Journal entries of all processes that wait for the archive.", nil, nil)
	backlogAge   = prometheus.NewDesc("outcry_archive_backlog_seconds", "Age of the oldest journal entry that waits for the archive.", nil, nil)
)

// Describe lists the metrics.
func (m archivingMetrics) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{archived, archiveFails, backlog, backlogAge} {
		to <- d
	}
}

// Collect reads the totals. It leaves out a backlog that is unknown.
func (m archivingMetrics) Collect(to chan<- prometheus.Metric) {
	s := m.archiver.Stats()
	to <- prometheus.MustNewConstMetric(archived, prometheus.CounterValue, float64(s.Reports))
	to <- prometheus.MustNewConstMetric(archiveFails, prometheus.CounterValue, float64(s.Failures))
	if b := s.Backlog; b != nil {
		to <- prometheus.MustNewConstMetric(backlog, prometheus.GaugeValue, float64(b.Entries))
		to <- prometheus.MustNewConstMetric(backlogAge, prometheus.GaugeValue, b.Age(m.now()).Seconds())
	}
}
