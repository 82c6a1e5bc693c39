package monitor

import (
	"context"
	"encoding/json"
	"fmt"
)

// checkpoint saves the states that changed since the last one, so that a
// restart goes on where this process stopped.
func (m *Monitor) checkpoint(ctx context.Context) error {
	states := map[string][]byte{}
	for name := range m.dropped {
		states[name] = nil
	}
	var saved []*cellState
	for service, w := range m.services {
		for cell, s := range w.states {
			if !s.changed {
				continue
			}
			data, err := json.Marshal(&s.State)
			if err != nil {
				return fmt.Errorf("save the state of %s: %w", cellName(service, cell), err)
			}
			states[cellName(service, cell)] = data
			saved = append(saved, s)
		}
	}
	if len(states) == 0 {
		return nil
	}
	if err := m.Archive.SaveStates(ctx, states); err != nil {
		return fmt.Errorf("save detector states: %w", err)
	}
	for _, s := range saved {
		s.changed = false
	}
	clear(m.dropped)
	return nil
}
