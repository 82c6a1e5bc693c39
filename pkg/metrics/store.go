package metrics

import (
	"context"
	"time"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// Store is a store of windows that can be measured.
type Store interface {
	window.Store
	window.Claims
	Ready() error
}

// Measure returns s with its calls measured.
func (i *Instruments) Measure(s Store) Store { return measuredStore{s, i} }

// measuredStore is a store whose calls are measured.
type measuredStore struct {
	Store
	instruments *Instruments
}

// time returns a function that notes the time since it was made.
func (s measuredStore) time(operation string) func() {
	began := time.Now()
	return func() { s.instruments.storeSeconds.WithLabelValues(operation).Observe(time.Since(began).Seconds()) }
}

// Count counts a batch of reports.
func (s measuredStore) Count(ctx context.Context, reports []report.Report) []window.Outcome {
	defer s.time("count")()
	s.instruments.batchSize.Observe(float64(len(reports)))
	return s.Store.Count(ctx, reports)
}

// Buckets returns the buckets of a service.
func (s measuredStore) Buckets(ctx context.Context, service string, from, to time.Time) ([]window.Bucket, error) {
	defer s.time("buckets")()
	return s.Store.Buckets(ctx, service, from, to)
}

// BucketsOf returns the buckets of services.
func (s measuredStore) BucketsOf(ctx context.Context, services []string, from, to time.Time) ([][]window.Bucket, error) {
	defer s.time("buckets")()
	return s.Store.BucketsOf(ctx, services, from, to)
}

// NetworksOf returns the sources of reports of services.
func (s measuredStore) NetworksOf(ctx context.Context, services []string, at time.Time, span time.Duration) ([]window.NetworkCounts, error) {
	defer s.time("networks")()
	return s.Store.NetworksOf(ctx, services, at, span)
}

// Active returns the services with recent reports.
func (s measuredStore) Active(ctx context.Context, since time.Time) ([]string, error) {
	defer s.time("active")()
	return s.Store.Active(ctx, since)
}

// Beat notes that counting works.
func (s measuredStore) Beat(ctx context.Context, at time.Time) error {
	defer s.time("beat")()
	return s.Store.Beat(ctx, at)
}
