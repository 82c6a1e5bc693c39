package baseline

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/window"
)

const (
	// readPause is how long a service that has baselines is not read again after
	// a failure.
	readPause = time.Minute
	// retryPause is how long a service without baselines is not read after a
	// failure, so that only the first service of a tick waits for the archive.
	retryPause = 10 * time.Second
	// readTimeout bounds the reading of one service: a tick must not wait for an
	// archive that hangs.
	readTimeout = 5 * time.Second
)

// errReadPaused says that the archive was not asked, because it has just failed.
var errReadPaused = errors.New("the archive could not be read a moment ago")

// History is what baselines need of the archive.
type History interface {
	// Rollups returns the rollups of a service that start in [from, to), and the
	// spans of that time in which counting worked. Both are ordered by start.
	Rollups(ctx context.Context, service string, from, to time.Time) ([]window.Rollup, []window.Span, error)
}

// Set holds the baselines of all services. It learns them from archived rollups
// once a day, and every hour adapts them to the last hours. It is safe for
// concurrent use.
type Set struct {
	history History
	// Zone returns the time zone of a country. If it is nil, all live by UTC.
	Zone func(country string) *time.Location
	// Kind returns the kind of a service, or "". A service with too few reports
	// to show a rhythm of its own borrows that of its kind. If it is nil, no
	// service has a kind.
	Kind func(service string) string
	// Minutes is the store, from whose minutes a young service learns before the
	// archive has its hours. If it is nil, it waits for those.
	Minutes Minutes

	mu       sync.Mutex
	services map[string]*Service
	kinds    map[string]*kind
	failedAt time.Time // when history could not be read last
}

// NewSet returns baselines that learn from history.
func NewSet(history History) *Set {
	return &Set{history: history, services: map[string]*Service{}, kinds: map[string]*kind{}}
}

// Service returns the baselines of a service, learned from all hours that are
// final at now. Refresh adds the minutes since. While history cannot be read, the
// baselines that were learned before stay in use. It is an error if there are none.
func (b *Set) Service(ctx context.Context, service string, now time.Time) (*Service, error) {
	s, failedAt := b.entry(service)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := b.updateLocked(ctx, s, service, now, failedAt); err != nil {
		return nil, err
	}
	return s, nil
}

// updateLocked adds to s the hours that became final. The caller holds its lock.
func (b *Set) updateLocked(ctx context.Context, s *Service, service string, now, failedAt time.Time) error {
	until := hourOf(now.Add(-window.RollupDelay - s.delay))
	hasLearned := s.until > 0
	if until <= s.until || hasLearned && now.Before(failedAt.Add(readPause)) {
		return nil
	}
	err := errReadPaused
	if failedAt.IsZero() || now.Sub(failedAt).Abs() >= retryPause {
		err = b.readLocked(ctx, s, service, until, now)
	}
	switch {
	case err != nil && hasLearned:
		return nil
	case err != nil:
		return fmt.Errorf("learn the baseline of %s: %w", service, err)
	}
	s.parent = b.parentLocked(service, s, until)
	return nil
}

// entry returns the possibly empty baselines of a service, and when history
// could not be read last.
func (b *Set) entry(service string) (s *Service, failedAt time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s = b.services[service]
	if s == nil {
		s = newService(service, b.Zone)
		b.services[service] = s
	}
	return s, b.failedAt
}

// readLocked adds to s the hours before until, and notes the time of a failure.
// The caller holds the lock of s.
func (b *Set) readLocked(ctx context.Context, s *Service, service string, until hour, now time.Time) error {
	limited, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	err := s.readLocked(limited, b.history, service, until)
	if err != nil && ctx.Err() == nil { // if the caller left, the archive may be well
		b.mu.Lock()
		b.failedAt = now
		b.mu.Unlock()
	}
	return err
}

// Of returns the baseline of a cell of a service at now.
func (b *Set) Of(ctx context.Context, service string, cell window.Cell, now time.Time) (*detect.Baseline, error) {
	s, err := b.Service(ctx, service, now)
	if err != nil {
		return nil, err
	}
	// Who needs the counts of the store too is told that it cannot be read. For those
	// of the archive, what was learned before will do.
	_ = b.Refresh(ctx, now, service)
	return s.Of(cell), nil
}

// Reset forgets all baselines, so that history is read again. It is needed when
// rollups of the past were written, as a replay does.
func (b *Set) Reset() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.services, b.kinds = map[string]*Service{}, map[string]*kind{}
}

// Forget forgets the baselines of a service, so that its history is read again, and
// with them what those of its kind took from it.
func (b *Set) Forget(service string) {
	b.mu.Lock()
	delete(b.services, service)
	var name string
	if b.Kind != nil {
		name = b.Kind(service)
	}
	others := map[string]*Service{}
	if name != "" {
		delete(b.kinds, name)
		for other, s := range b.services {
			if b.Kind(other) == name {
				others[other] = s
			}
		}
	}
	b.mu.Unlock()
	for other, s := range others {
		s.shareAgain(b, other)
	}
}

// shareAgain adds the hours of s to its kind, unless that has happened meanwhile.
func (s *Service) shareAgain(b *Set, service string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.until > 0 {
		s.parent = b.parentLocked(service, s, s.until)
	}
}
