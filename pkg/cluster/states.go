package cluster

import (
	"context"
	"fmt"
	"slices"
)

// statesPerCall bounds the states in one call, because Redis answers nobody else
// meanwhile.
const statesPerCall = 2000

// SaveStates saves the detector states of cells in a term; nil deletes one.
func (c *Conclusions) SaveStates(ctx context.Context, term int64, states map[string][]byte) error {
	args := make([]any, 0, 2*len(states))
	for cell, state := range states {
		args = append(args, cell, state)
	}
	for chunk := range slices.Chunk(args, 2*statesPerCall) {
		if _, err := c.write(ctx, term, append([]any{"states"}, chunk...)); err != nil {
			return fmt.Errorf("save %d detector states: %w", len(states), err)
		}
	}
	return nil
}

// States returns the saved detector states by cell.
func (c *Conclusions) States(ctx context.Context) (map[string][]byte, error) {
	states := map[string][]byte{}
	for cursor := uint64(0); ; {
		var fields []string
		err := c.call(ctx, func(ctx context.Context) (err error) {
			fields, cursor, err = c.conn.Client.HScan(ctx, c.key(keyStates), cursor, "", statesPerCall).Result()
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("read detector states: %w", err)
		}
		for i := 0; i+1 < len(fields); i += 2 {
			states[fields[i]] = []byte(fields[i+1])
		}
		if cursor == 0 {
			return states, nil
		}
	}
}
