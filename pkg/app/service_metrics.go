package app

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/status"
	"github.com/outcry/outcry/pkg/window"
)

// serviceMetricsTimeout bounds how long a scrape waits for statuses.
const serviceMetricsTimeout = 5 * time.Second

// checkMetricsServices returns an error if one of the services is not in the
// catalog.
func checkMetricsServices(c *catalog.Catalog, services []string) error {
	for _, slug := range services {
		if _, ok := c.Service(slug); !ok {
			return fmt.Errorf("OUTCRY_METRICS_SERVICES: there is no service %q in the catalog", slug)
		}
	}
	return nil
}

// serviceMetrics exports how services are, from the snapshots that pages show.
type serviceMetrics struct {
	board interface {
		Status(ctx context.Context, slug string) (status.Status, error)
	}
	services []string
	log      *slog.Logger

	level, observed, expected, networks, asOf *prometheus.Desc
}

// levels are those that a service can have.
var levels = []detect.Level{detect.OK, detect.Warning, detect.Outage, detect.Unknown}

// newServiceMetrics returns the metrics of services. Those of a simulated server
// have a label that says so.
func newServiceMetrics(p *Parts) *serviceMetrics {
	m := &serviceMetrics{board: p.board, services: p.config.MetricsServices, log: p.log}
	labels := prometheus.Labels{}
	if p.config.Simulated {
		labels["simulated"] = "true"
	}
	desc := func(name, help string, variable ...string) *prometheus.Desc {
		return prometheus.NewDesc("outcry_service_"+name, help, append([]string{"service"}, variable...), labels)
	}
	span := window.Name(window.Default)
	m.level = desc("level", "1 for the level that the service has, and 0 for the others.", "level")
	m.observed = desc("observed", "Problems reported in the last "+span+".")
	m.expected = desc("expected", "Problems that are usual in the last "+span+".")
	m.networks = desc("networks", "Independent networks behind the latest evidence.")
	m.asOf = desc("as_of_seconds", "Time up to which reports are counted, in seconds since the Unix epoch.")
	return m
}

// Describe lists the metrics.
func (m *serviceMetrics) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{m.level, m.observed, m.expected, m.networks, m.asOf} {
		to <- d
	}
}

// Collect reads the snapshots. A service whose snapshot cannot be read is logged
// and left out, so that its series end.
func (m *serviceMetrics) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), serviceMetricsTimeout)
	defer cancel()
	for _, slug := range m.services {
		s, err := m.board.Status(ctx, slug)
		if err != nil {
			m.log.Warn("cannot read a service for /metrics", "service", slug, "error", err)
			continue
		}
		gauge := func(d *prometheus.Desc, value float64, labels ...string) {
			to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, append([]string{slug}, labels...)...)
		}
		for _, l := range levels {
			is := 0.0
			if s.Level == l {
				is = 1
			}
			gauge(m.level, is, l.String())
		}
		gauge(m.observed, float64(s.Observed))
		gauge(m.expected, s.Expected)
		gauge(m.networks, float64(s.Networks))
		gauge(m.asOf, float64(s.AsOf.UnixMilli())/1000)
	}
}
