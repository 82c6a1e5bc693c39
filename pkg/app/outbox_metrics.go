package app

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/outcry/outcry/pkg/archive"
)

// outboxMetrics exports how many messages wait for their receivers. While the
// archive cannot be read, it exports nothing.
type outboxMetrics struct {
	archive interface {
		OutboxStats(ctx context.Context) (archive.OutboxStats, error)
	}
	now func() time.Time
}

// statsTimeout bounds the reading of the numbers, for which a scrape waits.
const statsTimeout = 2 * time.Second

var (
	messagesWaiting = prometheus.NewDesc("outcry_messages_waiting", "Messages to subscribers that are not delivered yet.", nil, nil)
	messagesOldest  = prometheus.NewDesc("outcry_messages_oldest_seconds", "Age of the message that has waited longest; 0 without one.", nil, nil)
	messagesDead    = prometheus.NewDesc("outcry_messages_dead", "Messages that were given up in the last 30 days.", nil, nil)
)

// Describe lists the metrics.
func (m outboxMetrics) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{messagesWaiting, messagesOldest, messagesDead} {
		to <- d
	}
}

// Collect reads the numbers.
func (m outboxMetrics) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), statsTimeout)
	defer cancel()
	s, err := m.archive.OutboxStats(ctx)
	if err != nil {
		return // other metrics say that the archive is away
	}
	age := 0.0
	if !s.Oldest.IsZero() {
		age = max(0, m.now().Sub(s.Oldest).Seconds())
	}
	for d, n := range map[*prometheus.Desc]float64{messagesWaiting: float64(s.Waiting), messagesOldest: age, messagesDead: float64(s.Dead)} {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, n)
	}
}
