package app

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/outcry/outcry/pkg/archive"
)

// fakeStats is an archive with given numbers.
type fakeStats struct {
	stats archive.OutboxStats
	err   error
}

func (f fakeStats) OutboxStats(context.Context) (archive.OutboxStats, error) { return f.stats, f.err }

func TestMetricsSayHowManyMessagesWait(t *testing.T) {
	now := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	collected := func(f fakeStats) map[string]float64 {
		t.Helper()
		r := prometheus.NewPedanticRegistry()
		r.MustRegister(outboxMetrics{f, func() time.Time { return now }})
		families, err := r.Gather()
		if err != nil {
			t.Fatal(err)
		}
		values := map[string]float64{}
		for _, f := range families {
			values[f.GetName()] = f.GetMetric()[0].GetGauge().GetValue()
		}
		return values
	}
	want := map[string]float64{"outcry_messages_waiting": 3, "outcry_messages_oldest_seconds": 90, "outcry_messages_dead": 1}
	if diff := cmp.Diff(want, collected(fakeStats{stats: archive.OutboxStats{Waiting: 3, Dead: 1, Oldest: now.Add(-90 * time.Second)}})); diff != "" {
		t.Errorf("metrics (-want +got):\n%s", diff)
	}
	if got := collected(fakeStats{err: errors.New("away")}); len(got) != 0 {
		t.Errorf("metrics without an archive are %v, want none", got)
	}
}
