// Package sqlitestore is the window.Store of the embedded mode.
//
// What it promises is on disk: one transaction per Count writes the counted
// reports themselves, and everything else is derived from them. A bucket is
// the number of archived reports of its minute, a cool-down is an archived
// report less than half an hour away; so buckets and archive cannot disagree,
// whatever is killed when. Decisions and reads are made in memory, which is
// read from disk when the store is opened, and again when a transaction
// failed: then nobody needs to know how far it came.
//
// One store at a time counts into a file; a lock keeps others out. The store
// holds no clock.
package sqlitestore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/window"
)

// Options say how a store counts.
type Options struct {
	// Unlimited lets any number of devices count at one address.
	Unlimited bool
	Log       *slog.Logger // nil discards
}

// Store counts reports into an archive.
type Store struct {
	unlimited bool
	log       *slog.Logger

	lock     *os.File   // keeps other stores out; nil when closed
	counting sync.Mutex // held by whatever writes; guards all but the content of mirror
	disk     *disk
	memory   *memory
	stale    bool // memory may be ahead of the disk: read it again first

	reading sync.RWMutex // guards failure, and the content and the identity of mirror
	failure error        // of the last write; nil when it worked. Changed under counting, too
	mirror  *mirror      // what the disk holds, for readers
}

var _ window.Store = (*Store)(nil)

// Open returns a store that counts into a and knows what a holds. Close it
// before a. It fails while another store counts into the same file.
func Open(ctx context.Context, a *archive.Archive, o Options) (*Store, error) {
	held, err := lock(a.Path())
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	s, err := newStore(ctx, a, o)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", errors.Join(err, held.Close()))
	}
	s.lock = held
	return s, nil
}

// newStore returns a store that no lock protects.
func newStore(ctx context.Context, a *archive.Archive, o Options) (*Store, error) {
	log := o.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	writer, err := a.Writer().DB()
	if err != nil {
		return nil, err
	}
	s := &Store{unlimited: o.Unlimited, log: log, disk: &disk{db: writer}}
	if err := s.reload(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// Close gives back what the store borrowed of the archive and lets another
// store open it. Nothing is lost without it but memory.
func (s *Store) Close() error {
	s.counting.Lock()
	defer s.counting.Unlock()
	err := s.disk.close()
	if s.lock != nil {
		err = errors.Join(err, s.lock.Close())
		s.lock = nil
	}
	return err
}

// Ready returns nil while the last write worked, and otherwise the error that
// clients get until one does. It waits for nothing.
func (s *Store) Ready() error {
	s.reading.RLock()
	defer s.reading.RUnlock()
	return s.failure
}

// Buckets returns the buckets of a service that start in [from, to).
func (s *Store) Buckets(_ context.Context, service string, from, to time.Time) ([]window.Bucket, error) {
	first, end := minuteOf(from), minuteOf(to)
	if first >= end {
		return nil, nil
	}
	buckets := make([]window.Bucket, end-first)
	s.reading.RLock()
	defer s.reading.RUnlock()
	se := s.mirror.services[service]
	for i := range buckets {
		minute := first + int64(i)
		buckets[i] = window.Bucket{Start: minuteTime(minute), Known: s.mirror.known[minute]}
		if se != nil {
			se.read(minute, &buckets[i])
		}
	}
	return buckets, nil
}

// Networks returns the sources of problems of a service that arrived in the
// slices of the last window.SliceRetention up to at.
func (s *Store) Networks(_ context.Context, service string, at time.Time) (window.NetworkCounts, error) {
	last := sliceOf(at.UnixMilli())
	first := max(last-slicesKept+1, sliceOf(at.UTC().Truncate(24*time.Hour).UnixMilli()))
	var all window.Tally
	s.reading.RLock()
	if se := s.mirror.services[service]; se != nil {
		for i := first; i <= last; i++ {
			se.slices[i].addTo(&all)
		}
	}
	s.reading.RUnlock()
	return all.Counts(), nil
}

// BucketsOf is Buckets for each of services.
func (s *Store) BucketsOf(ctx context.Context, services []string, from, to time.Time) ([][]window.Bucket, error) {
	return ofEach(services, func(service string) ([]window.Bucket, error) { return s.Buckets(ctx, service, from, to) })
}

// NetworksOf is Networks for each of services.
func (s *Store) NetworksOf(ctx context.Context, services []string, at time.Time) ([]window.NetworkCounts, error) {
	return ofEach(services, func(service string) (window.NetworkCounts, error) { return s.Networks(ctx, service, at) })
}

func ofEach[T any](services []string, read func(service string) (T, error)) ([]T, error) {
	all := make([]T, len(services))
	for i, service := range services {
		var err error
		if all[i], err = read(service); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Active returns the services with a problem in a bucket that starts at or
// after since, in order of their slugs.
func (s *Store) Active(_ context.Context, since time.Time) ([]string, error) {
	s.reading.RLock()
	defer s.reading.RUnlock()
	return s.mirror.active(minuteFrom(since)), nil
}
