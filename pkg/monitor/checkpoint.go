package monitor

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/outcry/outcry/pkg/window"
)

// turns is in how many checkpoints every service has its turn. Whoever begins
// with its states takes in the last hour again, so that nothing is lost by
// having waited for less than that.
const turns = 32

// inTurn tells whether the states of a service are saved at this checkpoint:
// where there is trouble always, else every half hour.
func (m *Monitor) inTurn(service string, w *watch) bool {
	return w.troubled() || len(w.alarmed) > 0 || window.PartitionOf(service)%turns == m.turn
}

// everyState is for the last checkpoint of a process.
func everyState(string, *watch) bool { return true }

// checkpoint saves the states that changed since the last one and are to be
// saved now, so that a restart goes on where this process stopped.
func (m *Monitor) checkpoint(ctx context.Context, now func(service string, w *watch) bool) error {
	m.turn = (m.turn + 1) % turns
	states := map[string][]byte{}
	for name := range m.dropped {
		states[name] = nil
	}
	saved := map[*watch][]window.Cell{}
	for service, w := range m.services {
		if !now(service, w) {
			continue
		}
		for cell, s := range w.states {
			if !s.changed {
				continue
			}
			data, err := json.Marshal(s.packed.State())
			if err != nil {
				return fmt.Errorf("save the state of %s: %w", cellName(service, cell), err)
			}
			states[cellName(service, cell)] = data
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
			w.saved(cell)
		}
	}
	clear(m.dropped)
	return nil
}
