// Package sqlitestore is the window.Store of the embedded mode.
//
// It counts into an archive in SQLite. A counted report is on disk when Count
// returns: each Count writes its reports in one transaction, and everything else
// is derived from them. A bucket is the number of archived reports of its minute.
// A cool-down is an archived report less than half an hour away. So buckets and
// archive agree, also when the process is killed at any moment.
//
// Decisions and reads use memory only. It is read from disk when the store is
// opened, and again after a transaction failed, since how much of it was written
// is unknown then.
//
// Only one store at a time counts into a file; others fail to open it. The SQL
// statements are in package archive, beside the migrations that make their
// tables. Minutes are numbers of buckets (window.Minute). The store has no clock.
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

// Options are the choices of whoever opens a store.
type Options struct {
	// Unlimited lets more than window.MaxDevices devices count at one address.
	Unlimited bool
	Log       *slog.Logger // nil discards
}

// Store counts reports into an archive.
type Store struct {
	unlimited bool
	log       *slog.Logger

	archive  *archive.Archive
	lock     *os.File    // keeps other stores out; nil when closed
	lockInfo os.FileInfo // nil without a lock

	// counting is locked by whatever writes. It guards disk, memory and stale.
	counting sync.Mutex
	disk     *disk
	memory   *memory
	claims   claims // has a lock of its own
	stale    bool   // memory may be ahead of the disk and must be read again

	// reading guards lastErr and mirror, which change only while counting is
	// locked too. A writer may read them without reading.
	reading sync.RWMutex
	lastErr error   // of the last write
	mirror  *mirror // what is on disk, for readers
}

var _ window.Store = (*Store)(nil)

// Open returns a store that counts into a and has read what was counted before.
// Close it before a. It fails while another store counts into the same file.
func Open(ctx context.Context, a *archive.Archive, o Options) (*Store, error) {
	lock, err := lockBeside(a.Path())
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	s, err := newStore(ctx, a, o)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", errors.Join(err, lock.Close()))
	}
	s.lock = lock
	if s.lockInfo, err = lock.Stat(); err != nil {
		return nil, fmt.Errorf("open store: %w", errors.Join(err, s.Close()))
	}
	return s, nil
}

// newStore returns a store without a lock.
func newStore(ctx context.Context, a *archive.Archive, o Options) (*Store, error) {
	log := o.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	writer, err := a.Writer().DB()
	if err != nil {
		return nil, err
	}
	s := &Store{archive: a, unlimited: o.Unlimited, log: log, disk: &disk{db: writer}, claims: claims{byKey: map[[16]byte]claimed{}}}
	if err := s.reload(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// Close returns what the store borrowed from the archive and lets another store
// open it. A process that ends without Close loses no report.
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

// CheckFiles returns nil while the files that the store counts into, and the one
// that keeps other stores out, are where they were opened. Otherwise its error is
// of type *archive.Displaced: nothing is counted, because it would be lost.
func (s *Store) CheckFiles() error {
	if err := s.archive.CheckFiles(); err != nil || s.lockInfo == nil {
		return err
	}
	return archive.Unmoved(lockName(s.archive.Path()), s.lockInfo)
}

// Ready returns nil if the last write worked. Otherwise it returns the error of
// that write, which clients get until a write works. It never waits for a write.
func (s *Store) Ready() error {
	s.reading.RLock()
	defer s.reading.RUnlock()
	return s.lastErr
}

// Buckets returns the buckets of a service that start in [from, to).
func (s *Store) Buckets(_ context.Context, service string, from, to time.Time) ([]window.Bucket, error) {
	first, end := window.MinuteOf(from), window.MinuteOf(to)
	if first >= end {
		return nil, nil
	}
	buckets := make([]window.Bucket, end-first)
	s.reading.RLock()
	defer s.reading.RUnlock()
	se := s.mirror.services[service]
	for i := range buckets {
		minute := first + window.Minute(i)
		buckets[i] = window.Bucket{Start: minute.Start(), Known: s.mirror.knownMinutes[minute]}
		if se != nil {
			se.read(minute, &buckets[i])
		}
	}
	return buckets, nil
}

// Networks returns the sources of the problems of a service that arrived in the
// slices of the last span up to at. It never looks back past midnight UTC.
func (s *Store) Networks(_ context.Context, service string, at time.Time, span time.Duration) (window.NetworkCounts, error) {
	var tally window.Tally
	s.reading.RLock()
	if se := s.mirror.services[service]; se != nil {
		for i := window.FirstSlice(at, span); i <= window.SliceOf(at); i++ {
			se.slices[i].addTo(&tally, i)
		}
	}
	s.reading.RUnlock()
	return tally.Counts(), nil
}

// BucketsOf returns what Buckets returns, for each of services.
func (s *Store) BucketsOf(ctx context.Context, services []string, from, to time.Time) ([][]window.Bucket, error) {
	return ofEach(services, func(service string) ([]window.Bucket, error) { return s.Buckets(ctx, service, from, to) })
}

// NetworksOf returns what Networks returns, for each of services.
func (s *Store) NetworksOf(ctx context.Context, services []string, at time.Time, span time.Duration) ([]window.NetworkCounts, error) {
	return ofEach(services, func(service string) (window.NetworkCounts, error) { return s.Networks(ctx, service, at, span) })
}

// ofEach returns what read returns for each of services.
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
	return s.mirror.active(window.FirstMinute(since)), nil
}
