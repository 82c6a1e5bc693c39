package monitor

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/window"
)

// HistoryLength is how much of the past a baseline rests on: whole weeks, so
// that no day of the week weighs more than another.
const HistoryLength = 28 * 24 * time.Hour

// History is what baselines need of the archive.
type History interface {
	// Rollups returns the rollups of a service that start in [from, to) and
	// which spans of that time could be counted, both ordered by start.
	Rollups(ctx context.Context, service string, from, to time.Time) ([]window.Rollup, []window.Span, error)
}

// Baselines learns what is usual for the cells of each service from archived
// rollups: anew every day, and every hour what the last hours showed. It is safe
// for concurrent use.
type Baselines struct {
	history History
	// Zone returns the time zone that a country lives by; nil is UTC for all.
	Zone func(country string) *time.Location
	// Kind returns what kind of service one is: services of a kind lend their
	// rhythm to one that has too few reports to show its own. Nil is none.
	Kind func(service string) string

	mu       sync.Mutex
	services map[string]*Usual
	families map[string]*family // by kind
	failed   time.Time          // the time at which history could not be read last
}

const (
	// unread is how long history is left alone after it could not be read by those
	// who can do without.
	unread = time.Minute
	// historyTime bounds one reading: a tick must not wait for an archive that hangs.
	historyTime = 5 * time.Second
)

// errUnread says that history was not asked, because it just failed.
var errUnread = errors.New("the archive could not be read a moment ago")

// hour is a count of hours since the Unix epoch.
type hour int64

func hourOf(t time.Time) hour { return hour(t.Unix() / int64(time.Hour/time.Second)) }

func (h hour) start() time.Time {
	return time.Unix(int64(h)*int64(time.Hour/time.Second), 0).UTC()
}

const historyHours = hour(HistoryLength / time.Hour)

// NewBaselines returns baselines that learn from history.
func NewBaselines(history History) *Baselines {
	return &Baselines{history: history, services: map[string]*Usual{}, families: map[string]*family{}}
}

// Service returns what is usual for the cells of service, learned from all that
// is final at now. While history cannot be read, what was learned before holds;
// without that it is an error. Of those who ask at about the same time, as the
// services of a tick do, only the first has to find out.
func (b *Baselines) Service(ctx context.Context, service string, now time.Time) (*Usual, error) {
	b.mu.Lock()
	u := b.services[service]
	if u == nil {
		u = newUsual(service, b.Zone)
		b.services[service] = u
	}
	failed := b.failed
	b.mu.Unlock()

	u.mu.Lock()
	defer u.mu.Unlock()
	until := hourOf(now.Add(-window.RollupDelay - u.delay))
	learned := u.until > 0
	if until <= u.until || learned && now.Before(failed.Add(unread)) {
		return u, nil
	}
	err := errUnread
	if failed.IsZero() || now.Sub(failed).Abs() >= Interval {
		err = b.read(ctx, u, service, until, now)
	}
	switch {
	case err != nil && learned:
		return u, nil
	case err != nil:
		return nil, fmt.Errorf("learn what is usual for %s: %w", service, err)
	}
	u.parent = b.parent(service, u, until)
	return u, nil
}

// read has u take in its history, and notes when that fails.
func (b *Baselines) read(ctx context.Context, u *Usual, service string, until hour, now time.Time) error {
	limited, cancel := context.WithTimeout(ctx, historyTime)
	defer cancel()
	err := u.read(limited, b.history, service, until)
	if err != nil && ctx.Err() == nil { // else whoever asked has gone
		b.mu.Lock()
		b.failed = now
		b.mu.Unlock()
	}
	return err
}

// Of returns what is usual at now for a cell of service; the zero Cell is the
// service itself.
func (b *Baselines) Of(ctx context.Context, service string, cell window.Cell, now time.Time) (*detect.Baseline, error) {
	u, err := b.Service(ctx, service, now)
	if err != nil {
		return nil, err
	}
	return u.Of(cell), nil
}

// Reset forgets what was learned, so that it is read again. It is needed only
// when history was written by another hand, as a replay does.
func (b *Baselines) Reset() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.services, b.families = map[string]*Usual{}, map[string]*family{}
}
