package cluster

import (
	"context"
	"fmt"
	"slices"
)

// statesAtOnce is how many states go in one call, which others wait for.
const statesAtOnce = 2000

// SaveStates keeps the states of cells; nil forgets one.
func (c *Conclusions) SaveStates(ctx context.Context, term int64, states map[string][]byte) error {
	args := make([]any, 0, 2*len(states))
	for cell, state := range states {
		args = append(args, cell, state)
	}
	for some := range slices.Chunk(args, 2*statesAtOnce) {
		if _, err := c.write(ctx, term, append([]any{"states"}, some...)); err != nil {
			return fmt.Errorf("keep %d detector states: %w", len(states), err)
		}
	}
	return nil
}

// States returns what SaveStates kept.
func (c *Conclusions) States(ctx context.Context) (map[string][]byte, error) {
	states := map[string][]byte{}
	for cursor := uint64(0); ; {
		var fields []string
		err := c.call(ctx, func(ctx context.Context) (err error) {
			fields, cursor, err = c.conn.HScan(ctx, c.key(keyStates), cursor, "", statesAtOnce).Result()
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

// Begun tells whether Redis has kept anything of what was concluded: if not, it
// may have been lost.
func (c *Conclusions) Begun(ctx context.Context) (bool, error) {
	var n int64
	err := c.call(ctx, func(ctx context.Context) (err error) {
		n, err = c.conn.Exists(ctx, c.key(keyTerm)).Result()
		return err
	})
	return n > 0 && err == nil, err
}
