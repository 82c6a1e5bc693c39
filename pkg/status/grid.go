package status

import "time"

// grid adds up counts in equal steps of time.
type grid struct {
	from  time.Time
	step  time.Duration
	steps []tally
}

// tally is one step of a grid.
type tally struct {
	n     int64
	known time.Duration // the part of the step that could be counted
}

// newGrid returns an empty grid over the whole steps between from and to.
func newGrid(from, to time.Time, step time.Duration) grid {
	return grid{from, step, make([]tally, max(0, to.Sub(from)/step))}
}

// start returns the start of step i.
func (g grid) start(i int) time.Time { return g.from.Add(time.Duration(i) * g.step) }

// at returns the step that holds t, or nil outside the grid.
func (g grid) at(t time.Time) *tally {
	if t.Before(g.from) {
		return nil
	}
	if i := t.Sub(g.from) / g.step; i < time.Duration(len(g.steps)) {
		return &g.steps[i]
	}
	return nil
}

// spread divides the span of width from start over the steps it covers. It calls
// add for each of them, as part i of parts, and skips those outside the grid. A
// span may be longer than a step, because older rollups are wider.
func (g grid) spread(start time.Time, width time.Duration, add func(t *tally, i, parts int64)) {
	parts := max(1, int64(width/g.step))
	for i := range parts {
		if t := g.at(start.Add(time.Duration(i) * g.step)); t != nil {
			add(t, i, parts)
		}
	}
}
