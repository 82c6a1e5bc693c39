// Package exclusion takes out of the counts of a store what operators excluded.
// The store and the archive keep it, so that it can be put back.
package exclusion

import (
	"context"
	"log/slog"
	"maps"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/outcry/outcry/pkg/streak"
	"github.com/outcry/outcry/pkg/window"
)

// Archive keeps the exclusions.
type Archive interface {
	// Exclusions returns those of minutes from since on, oldest first.
	Exclusions(ctx context.Context, since time.Time) ([]window.Exclusion, error)
	// Excluded returns what they took out of the counts from since on, by service.
	Excluded(ctx context.Context, since time.Time) (map[string]*window.Excluded, error)
}

const (
	// every is how often Run reads the archive, and so how late a process learns of
	// an exclusion.
	every   = 10 * time.Second
	timeout = 5 * time.Second
	// history is how far back exclusions change what baselines learned.
	history = 28 * 24 * time.Hour
)

// Store is a window.Store without what operators excluded. It is safe for concurrent
// use.
type Store struct {
	window.Store
	archive Archive
	changed func(service string)
	streak  *streak.Streak

	mu       sync.RWMutex
	list     []window.Exclusion
	excluded map[string]*window.Excluded
}

// New returns store without what archive excludes. changed is called for each service
// whose exclusions changed, after the counts did. Update or Run reads the archive.
func New(store window.Store, archive Archive, changed func(service string), log *slog.Logger) *Store {
	return &Store{Store: store, archive: archive, changed: changed,
		streak: streak.New(log, slog.LevelWarn, "what operators excluded cannot be read; what is known stays excluded", "what operators excluded can be read again")}
}

// Run reads the archive at once and then from time to time, until ctx ends.
func (s *Store) Run(ctx context.Context) error {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	now := time.Now()
	for {
		limited, cancel := context.WithTimeout(ctx, timeout)
		err := s.Update(limited, now.UTC())
		cancel()
		if ctx.Err() == nil {
			s.streak.Note(err)
		}
		select {
		case <-ctx.Done():
			return nil
		case now = <-ticker.C:
		}
	}
}

// Update reads the exclusions, and what they took out if they changed.
func (s *Store) Update(ctx context.Context, now time.Time) error {
	list, err := s.archive.Exclusions(ctx, now.Add(-history))
	if err != nil {
		return err
	}
	changed := s.changedBy(list)
	if len(changed) == 0 {
		return nil
	}
	excluded, err := s.archive.Excluded(ctx, now.Add(-window.Retention))
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.list, s.excluded = list, excluded
	s.mu.Unlock()
	for _, service := range changed {
		s.changed(service)
	}
	return nil
}

// changedBy returns the services whose exclusions are others in list.
func (s *Store) changedBy(list []window.Exclusion) []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	before, after := byID(s.list), byID(list)
	services := map[string]bool{}
	for id, e := range after {
		if !reflect.DeepEqual(before[id], e) {
			services[e.Service] = true
		}
	}
	for id, e := range before {
		if _, kept := after[id]; !kept {
			services[e.Service] = true
		}
	}
	return slices.Sorted(maps.Keys(services))
}

func byID(list []window.Exclusion) map[int64]window.Exclusion {
	by := make(map[int64]window.Exclusion, len(list))
	for _, e := range list {
		by[e.ID] = e
	}
	return by
}

// Of returns the exclusions of a service of minutes from since on that took something
// out, oldest action first.
func (s *Store) Of(service string, since time.Time) []window.Exclusion {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var all []window.Exclusion
	for _, e := range s.list {
		if e.Service == service && e.To.After(since) && e.Reports > 0 {
			all = append(all, e)
		}
	}
	return all
}

// excludedOf returns what was taken out of the counts of a service, or nil.
func (s *Store) excludedOf(service string) *window.Excluded {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.excluded[service]
}

// Buckets is the method of window.Store.
func (s *Store) Buckets(ctx context.Context, service string, from, to time.Time) ([]window.Bucket, error) {
	buckets, err := s.Store.Buckets(ctx, service, from, to)
	s.takeOut(service, buckets)
	return buckets, err
}

// BucketsOf is the method of window.Store.
func (s *Store) BucketsOf(ctx context.Context, services []string, from, to time.Time) ([][]window.Bucket, error) {
	all, err := s.Store.BucketsOf(ctx, services, from, to)
	for i, buckets := range all {
		s.takeOut(services[i], buckets)
	}
	return all, err
}

func (s *Store) takeOut(service string, buckets []window.Bucket) {
	if e := s.excludedOf(service); e != nil {
		for i, b := range buckets {
			buckets[i] = e.Without(b)
		}
	}
}

// Networks is the method of window.Store.
func (s *Store) Networks(ctx context.Context, service string, at time.Time, span time.Duration) (window.NetworkCounts, error) {
	counts, err := s.Store.Networks(ctx, service, at, span)
	if e := s.excludedOf(service); e != nil {
		counts = counts.Without(e.Arrivals)
	}
	return counts, err
}

// NetworksOf is the method of window.Store.
func (s *Store) NetworksOf(ctx context.Context, services []string, at time.Time, span time.Duration) ([]window.NetworkCounts, error) {
	all, err := s.Store.NetworksOf(ctx, services, at, span)
	for i := range all {
		if e := s.excludedOf(services[i]); e != nil {
			all[i] = all[i].Without(e.Arrivals)
		}
	}
	return all, err
}
