package monitor

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/outcry/outcry/pkg/window"
)

// checkpointTurns is how many checkpoints it takes until every service was
// saved. With a checkpoint a minute that is half an hour: a process that starts
// from these states judges the last hour again, so nothing is lost.
const checkpointTurns = 32

// Save saves the state of every cell that changed since it was last saved.
func (m *Monitor) Save(ctx context.Context) error {
	return m.checkpoint(ctx, func(*watch) bool { return true })
}

// checkpointIfDue saves states if the last checkpoint is long enough ago:
// of services in trouble always, of each other service when it is its turn.
func (m *Monitor) checkpointIfDue(ctx context.Context, now time.Time) error {
	if m.Checkpoint <= 0 || now.Sub(m.savedAt).Abs() < m.Checkpoint { // the clock may go back
		return nil
	}
	m.savedAt = now
	m.checkpoints = (m.checkpoints + 1) % checkpointTurns
	return m.checkpoint(ctx, func(w *watch) bool {
		return w.hasIncident() || len(w.anomalous) > 0 || window.PartitionOf(w.service)%checkpointTurns == m.checkpoints
	})
}

// checkpoint saves the changed states of the services that isDue selects, and
// deletes those that were dropped, so that a restart continues from them.
func (m *Monitor) checkpoint(ctx context.Context, isDue func(*watch) bool) error {
	states := map[string][]byte{}
	for name := range m.dropped {
		states[name] = nil
	}
	saved := map[*watch][]window.Cell{}
	for _, w := range m.services {
		if !isDue(w) {
			continue
		}
		for cell, s := range w.states {
			if !s.changed {
				continue
			}
			name := cellName(w.service, cell)
			data, err := json.Marshal(s.packed.State())
			if err != nil {
				return fmt.Errorf("save the state of %s: %w", name, err)
			}
			states[name] = data
			saved[w] = append(saved[w], cell)
		}
	}
	if len(states) == 0 {
		return nil
	}
	if err := m.Archive.SaveStates(ctx, states); err != nil {
		return fmt.Errorf("save detector states: %w", err)
	}
	for w, cells := range saved {
		for _, cell := range cells {
			w.markSaved(cell)
		}
	}
	clear(m.dropped)
	return nil
}
