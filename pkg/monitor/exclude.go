package monitor

import (
	"context"
	"time"

	"github.com/outcry/outcry/pkg/admin"
	"github.com/outcry/outcry/pkg/window"
)

// Exclusions is what the monitor needs of what operators excluded.
type Exclusions interface {
	// Update reads it again. Counts and baselines are without it from then on.
	Update(ctx context.Context, now time.Time) error
}

// applyExclusion takes reports out of the counts of a service, or puts them back, and
// judges its last hour again. To apply it twice does no harm.
func (m *Monitor) applyExclusion(ctx context.Context, e admin.Entry, now time.Time) error {
	var err error
	service := e.Action.Service
	if e.Action.Kind == admin.Exclude {
		err = m.Actions.Exclude(ctx, e.Action.Excluded(e.ID))
	} else {
		var excluded window.Exclusion
		if excluded, err = m.Actions.Exclusion(ctx, e.Action.Exclusion); err == nil {
			err = m.Actions.Include(ctx, excluded.ID)
		}
		service = excluded.Service
	}
	if err == nil {
		err = m.Exclusions.Update(ctx, now)
	}
	if err != nil {
		return err
	}
	w := m.watch(service)
	w.activeAt = now
	m.startOver(w)
	w.judgeAgain()
	return nil
}

// Exclusion returns what an action excluded.
func (m *Monitor) Exclusion(ctx context.Context, id int64) (window.Exclusion, error) {
	return m.Actions.Exclusion(ctx, id)
}

// startOver forgets what w made of its counts, so that its last hour is judged anew.
func (m *Monitor) startOver(w *watch) {
	for cell := range w.states {
		m.drop(w, cell)
	}
	clear(w.states)
	clear(w.anomalous)
	w.next, w.earlier = time.Time{}, earlierCounts{}
}
