package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/outcry/outcry/pkg/cache"
)

// Caches exports how often answers came from caches, by the name of the cache.
type Caches map[string]func() cache.Stats

var cached = prometheus.NewDesc("outcry_cache_requests_total", "Answers that were asked of a cache: hit, stale (beyond its lifetime), load or failure.", []string{"cache", "result"}, nil)

// Describe lists the metric.
func (c Caches) Describe(to chan<- *prometheus.Desc) { to <- cached }

// Collect reads the totals.
func (c Caches) Collect(to chan<- prometheus.Metric) {
	for name, stats := range c {
		s := stats()
		for result, n := range map[string]int64{"hit": s.Hits, "stale": s.Stale, "load": s.Loads, "failure": s.Failures} {
			to <- prometheus.MustNewConstMetric(cached, prometheus.CounterValue, float64(n), name, result)
		}
	}
}
