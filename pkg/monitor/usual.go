package monitor

import (
	"context"
	"hash/fnv"
	"sync"
	"time"

	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// whole is the cell of a service as a whole.
var whole window.Cell

const (
	// relearn is how many hours pass until a baseline is learned anew; each cell
	// adds up to relearnSpread of its own, so that not all come at once.
	relearn, relearnSpread = hour(18), 12
	// young is the history, in hours, up to which it is learned anew every hour.
	young = hour(48)
	// astray is how far the last hours must be from the baseline for it to be
	// learned anew at once: a new level may have to be accepted.
	astray = 1.3
	// recentHours is what a baseline is renewed from each hour.
	recentHours = hour(48)
)

// Usual is what is usual for the cells of one service. It is safe for
// concurrent use.
type Usual struct {
	zone func(country string) *time.Location

	mu     sync.Mutex
	until  hour                  // history was read up to here
	added  hour                  // and added to the family's
	known  course                // share of the hour in which counting worked
	cells  map[window.Cell]*sums // what was counted, by cell
	usual  map[window.Cell]*usual
	parent *detect.Baseline // nil without family
	kinds  [2]int           // how many countries and symptoms have reports
}

// usual is the baseline of one cell, as of two times.
type usual struct {
	*detect.Baseline
	learned hour // level, season and variance
	renewed hour // what the last hours showed
}

func newUsual(zone func(string) *time.Location) *Usual {
	if zone == nil {
		zone = func(string) *time.Location { return time.UTC }
	}
	return &Usual{zone: zone, cells: map[window.Cell]*sums{}, usual: map[window.Cell]*usual{}}
}

// read adds the hours that became final since the last time. The running hour,
// and one whose rollups are not final yet, are left for later.
func (u *Usual) read(ctx context.Context, history History, service string, until hour) error {
	from := max(u.until, until-historyHours)
	rollups, spans, err := history.Rollups(ctx, service, from.start(), until.start())
	if err != nil {
		return err
	}
	for _, r := range rollups {
		at := hourOf(r.Start)
		if r.Kind == report.Visit {
			u.add(visitsOf(""), at, r.N)
			u.add(visitsOf(r.Country), at, r.N)
		}
		if r.Kind != report.Problem {
			continue
		}
		u.add(whole, at, r.N)
		u.add(window.Cell{Country: r.Country}, at, r.N)
		if r.Symptom != "" {
			u.add(window.Cell{Symptom: r.Symptom}, at, r.N)
		}
	}
	for _, s := range spans {
		share := u.known.cell(hourOf(s.Start))
		*share = min(1, *share+float64(s.Known)/60)
	}
	before := until - historyHours
	u.known.forget(before)
	u.kinds = [2]int{}
	for cell, s := range u.cells {
		if s.forget(before); len(s.hours) == 0 {
			delete(u.cells, cell)
			continue
		}
		if cell.Symptom != visitID {
			u.kinds[kind(cell)]++
		}
	}
	u.until = until
	return nil
}

// kind tells countries from symptoms.
func kind(c window.Cell) int {
	if c.Symptom != "" {
		return 1
	}
	return 0
}

func (u *Usual) add(cell window.Cell, at hour, n int64) {
	s := u.cells[cell]
	if s == nil {
		s = &sums{}
		u.cells[cell] = s
	}
	s.add(at, n)
}

// Of returns what is usual for a cell. A cell that was never seen leans on the
// service's baseline.
func (u *Usual) Of(cell window.Cell) *detect.Baseline {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.of(cell)
}

func (u *Usual) of(cell window.Cell) *detect.Baseline {
	known := u.usual[cell]
	if known != nil && known.renewed == u.until {
		return known.Baseline
	}
	if known == nil {
		known = &usual{}
		u.usual[cell] = known
	}
	if known.Baseline != nil && !u.stale(cell, known) {
		known.Baseline = known.Renewed(u.history(cell, u.until-recentHours), u.until.start())
		if f := known.Recent; f < astray && f > 1/astray {
			known.renewed = u.until
			return known.Baseline
		}
	}
	known.Baseline, known.learned, known.renewed = u.learn(cell), u.until, u.until
	return known.Baseline
}

// stale tells whether a baseline is to be learned anew.
func (u *Usual) stale(cell window.Cell, known *usual) bool {
	if hour(known.Known/time.Hour) < young {
		return true
	}
	h := fnv.New32a()
	h.Write([]byte(cell.Country + cell.Symptom)) //nolint:errcheck // a hash takes everything
	return u.until-known.learned >= relearn+hour(h.Sum32()%relearnSpread)
}

// learn learns a baseline anew. Countries and symptoms lean on the service: they
// have its rhythm, and where they have no reports of their own, a share of its
// level.
func (u *Usual) learn(cell window.Cell) *detect.Baseline {
	parent, end := u.parent, u.until.start()
	switch {
	case cell == whole:
	case cell.Symptom == visitID:
		parent = nil // people look at pages at other rates than they report
	default:
		others := u.kinds[kind(cell)]
		if cell.Symptom == "" {
			others-- // the service itself is among them
			end = end.In(u.zone(cell.Country))
		}
		if u.cells[cell] == nil {
			others++
		}
		parent = u.of(whole).Scaled(1 / float64(max(others, 1)))
	}
	if s := u.cells[cell]; s == nil || s.total < detect.SeasonNeeds {
		if counts := u.days(cell); counts != nil {
			return detect.Learn(counts, end, parent)
		}
	}
	return detect.Learn(u.history(cell, u.until-historyHours), end, parent)
}

// history lists the counts of a cell from an hour on, an hour each without gaps,
// oldest first. An hour in which nobody could count has Known 0.
func (u *Usual) history(cell window.Cell, from hour) []detect.Count {
	if len(u.known.values) == 0 {
		return nil
	}
	first := max(u.known.from, from)
	counts := make([]detect.Count, max(u.until-first, 0))
	for i := range counts {
		at := first + hour(i)
		counts[i] = detect.Count{Start: at.start(), Width: time.Hour, Known: u.known.at(at)}
	}
	u.cells[cell].since(first, func(at hour, n float64) { counts[at-first].N = n })
	return counts
}

// days lists the counts of a sparse cell by the day, if there are two whole days
// or more: it has no rhythm of its own that hours would show.
func (u *Usual) days(cell window.Cell) []detect.Count {
	const day = 24
	first := u.until - historyHours
	counts := make([]detect.Count, historyHours/day)
	known := 0.0
	for i := range counts {
		start := first + hour(i)*day
		for at := start; at < start+day; at++ {
			counts[i].Known += u.known.at(at) / day
		}
		counts[i].Start, counts[i].Width = start.start(), day*time.Hour
		known += counts[i].Known
	}
	if known < float64(young)/day {
		return nil
	}
	u.cells[cell].since(first, func(at hour, n float64) { counts[(at-first)/day].N += n })
	return counts
}
