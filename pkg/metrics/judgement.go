package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/monitor"
)

// Judgements exports the conclusions of the last tick, of this process or of the
// leader that it follows.
type Judgements struct {
	Monitor interface {
		Assessments() map[string]monitor.Assessment
		Judged() time.Time
	}
	Ready func() error
	Leads func() bool // nil in the embedded mode
}

var (
	active    = prometheus.NewDesc("outcry_active_services", "Services with recent reports, which are judged at every tick.", nil, nil)
	incidents = prometheus.NewDesc("outcry_incidents", "Incidents that go on, by level: warning is suspected, outage is confirmed.", []string{"level"}, nil)
	judged    = prometheus.NewDesc("outcry_judged_timestamp_seconds", "Time of the last tick that could read the counts, in seconds since the Unix epoch; 0 before the first.", nil, nil)
	ready     = prometheus.NewDesc("outcry_ready", "1 while reports can be counted, else 0.", nil, nil)
	leader    = prometheus.NewDesc("outcry_leader", "1 if this process judges all services, else 0.", nil, nil)
)

// Describe lists the metrics.
func (j Judgements) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{active, incidents, judged, ready, leader} {
		to <- d
	}
}

// Collect reads the last conclusions.
func (j Judgements) Collect(to chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	is := func(yes bool) float64 {
		if yes {
			return 1
		}
		return 0
	}
	all, byLevel := j.Monitor.Assessments(), map[detect.Level]int{detect.Warning: 0, detect.Outage: 0}
	for _, a := range all {
		if a.Incident == nil {
			continue
		}
		if _, goesOn := byLevel[a.Incident.Level]; goesOn {
			byLevel[a.Incident.Level]++
		}
	}
	gauge(active, float64(len(all)))
	for level, n := range byLevel {
		gauge(incidents, float64(n), level.String())
	}
	at := 0.0
	if t := j.Monitor.Judged(); !t.IsZero() {
		at = float64(t.UnixMilli()) / 1000
	}
	gauge(judged, at)
	gauge(ready, is(j.Ready() == nil))
	gauge(leader, is(j.Leads == nil || j.Leads()))
}
