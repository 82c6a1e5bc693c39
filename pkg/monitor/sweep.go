package monitor

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/outcry/outcry/pkg/window"
)

// sweepSize is how many services a tick may sweep: for each it reads the history.
const sweepSize = 64

// sweeping is how far the sweep of a day has come.
type sweeping struct {
	day       int64    // days since the Unix epoch
	remaining []string // services that are still to be swept on that day
}

// sweep drops the states of inactive services that are no longer worth keeping.
// It visits each service once a day, and a few services at each tick.
func (m *Monitor) sweep(ctx context.Context, now time.Time, missing *partitions) error {
	s := &m.sweeping
	if day := now.Unix() / (24 * 60 * 60); day != s.day {
		s.day, s.remaining = day, slices.Sorted(maps.Keys(m.services))
	}
	for n := 0; n < sweepSize && len(s.remaining) > 0; s.remaining = s.remaining[1:] {
		w := m.services[s.remaining[0]]
		if w == nil || w.isActive(now, m.Policy.ReopenWithin) || missing.has(w.service) {
			continue
		}
		n++
		if err := m.sweepService(ctx, w, now); err != nil {
			return fmt.Errorf("drop old states of %s: %w", w.service, err)
		}
	}
	return nil
}

// sweepService moves the states of an inactive service up to catchUp before now,
// and drops those that are then not worth keeping.
func (m *Monitor) sweepService(ctx context.Context, w *watch, now time.Time) error {
	baselines, err := m.Baselines.Service(ctx, w.service, now)
	if err != nil {
		return err
	}
	if to := window.Start(now.Add(-catchUp)); w.next.Before(to) {
		m.skipTo(w, baselines, to)
	}
	for cell, saved := range w.states {
		if s := saved.packed.State(); !s.Informative() {
			m.setState(w, cell, s)
		}
	}
	if len(w.states) == 0 {
		delete(m.services, w.service)
	}
	return nil
}
