package status

import "time"

// grid is a stretch of time in even steps while they are added up.
type grid struct {
	from  time.Time
	step  time.Duration
	cells []tally
}

// tally is one step of a grid.
type tally struct {
	n     int64
	known time.Duration // how much of the step could be counted
}

func newGrid(from, to time.Time, step time.Duration) grid {
	return grid{from, step, make([]tally, max(0, to.Sub(from)/step))}
}

// start is when a cell begins.
func (g grid) start(cell int) time.Time { return g.from.Add(time.Duration(cell) * g.step) }

// at returns the cell that holds t, or nil outside of the grid.
func (g grid) at(t time.Time) *tally {
	if t.Before(g.from) {
		return nil
	}
	if i := t.Sub(g.from) / g.step; i < time.Duration(len(g.cells)) {
		return &g.cells[i]
	}
	return nil
}

// spread divides what spans width evenly over the cells it covers, and leaves
// out those outside of the grid: rollups grow longer with age, and one may be
// longer than a step.
func (g grid) spread(start time.Time, width time.Duration, add func(t *tally, i, parts int64)) {
	parts := max(1, int64(width/g.step))
	for i := range parts {
		if t := g.at(start.Add(time.Duration(i) * g.step)); t != nil {
			add(t, i, parts)
		}
	}
}
