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
	// relearn is how many hours lie between the times at which baselines are
	// learned anew. They are hours of the clock, each service its own, so that not
	// all come at once and that a process which begins in between learns the same.
	relearn = hour(24)
	// spread is the time in which all services take in an hour, each at its own
	// moment, so that they do not all read at one tick.
	spread = 30 * time.Minute
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
	zone  func(country string) *time.Location
	shift hour          // of its hours of learning, by service
	delay time.Duration // after which it takes in an hour that is final

	mu     sync.Mutex
	until  hour   // history was read up to here
	added  hour   // and added to the family's
	known  course // share of the hour in which counting worked
	cells  map[window.Cell]*past
	whole  usual            // of the service, which is asked for at every tick
	parent *detect.Baseline // nil without family
}

// past is what was counted in a cell, and what is usual there.
type past struct {
	sums
	usual
}

// usual is the baseline of one cell, as of two times.
type usual struct {
	base    *detect.Baseline // level, season and variance
	learned hour
	now     *detect.Baseline // with what the last hours showed
	renewed hour
}

func newUsual(service string, zone func(string) *time.Location) *Usual {
	if zone == nil {
		zone = func(string) *time.Location { return time.UTC }
	}
	h := fnv.New32a()
	h.Write([]byte(service)) //nolint:errcheck // a hash takes everything
	n := h.Sum32()
	return &Usual{
		zone: zone, shift: hour(n % uint32(relearn)), delay: time.Duration(n/uint32(relearn)) * time.Second % spread,
		cells: map[window.Cell]*past{},
	}
}

// read adds the hours that became final since the last time. The running hour,
// and one whose rollups are not final yet, are left for later.
func (u *Usual) read(ctx context.Context, history History, service string, until hour) error {
	from := max(u.until, until-relearn-historyHours)
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
	before := until - relearn - historyHours
	u.known.forget(before)
	for cell, p := range u.cells {
		if p.forget(before); len(p.hours) == 0 && p.base == nil {
			delete(u.cells, cell)
		}
	}
	u.until = until
	return nil
}

func (u *Usual) add(cell window.Cell, at hour, n int64) {
	if n <= 0 {
		return
	}
	u.past(cell).add(at, n)
}

// past returns what is kept of a cell.
func (u *Usual) past(cell window.Cell) *past {
	p := u.cells[cell]
	if p == nil {
		p = &past{}
		u.cells[cell] = p
	}
	return p
}

// counted returns what was counted in a cell, nil if nothing is known of it.
func (u *Usual) counted(cell window.Cell) *sums {
	if p := u.cells[cell]; p != nil {
		return &p.sums
	}
	return nil
}

// Of returns what is usual for a cell. A cell that was never seen leans on the
// service's baseline.
func (u *Usual) Of(cell window.Cell) *detect.Baseline {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.of(cell)
}

func (u *Usual) of(cell window.Cell) *detect.Baseline {
	known := u.kept(cell)
	if known.renewed == u.until && known.now != nil {
		return known.now
	}
	base := u.base(cell, u.due())
	known.now, known.renewed = base.WithRecent(u.history(cell, u.until-recentHours, u.until), u.until.start()), u.until
	if f := known.now.Recent; f >= astray || f <= 1/astray {
		known.now = u.learn(cell, u.until)
	}
	return known.now
}

// kept returns what was learned of a cell.
func (u *Usual) kept(cell window.Cell) *usual {
	if cell == whole {
		return &u.whole
	}
	return &u.past(cell).usual
}

// due returns the hour as of which baselines are to be learned now.
func (u *Usual) due() hour {
	if u.until-u.known.from < young {
		return u.until
	}
	return u.until - (u.until+u.shift)%relearn
}

// base returns the baseline of a cell as of an hour.
func (u *Usual) base(cell window.Cell, as hour) *detect.Baseline {
	known := u.kept(cell)
	if known.base == nil || known.learned != as {
		known.base, known.learned = u.learn(cell, as), as
	}
	return known.base
}

// learn learns the baseline of a cell as of an hour. Countries and symptoms lean
// on the service: they have its rhythm, and where they have no reports of their
// own, a share of its level.
func (u *Usual) learn(cell window.Cell, as hour) *detect.Baseline {
	parent, end := u.parent, as.start()
	switch {
	case cell == whole:
	case cell.Symptom == visitID:
		parent = nil // people look at pages at other rates than they report
	default:
		if cell.Symptom == "" {
			end = end.In(u.zone(cell.Country))
		}
		parent = u.base(whole, u.due()).Scaled(1 / float64(1+u.siblings(cell, as)))
	}
	if u.counted(cell).between(as-historyHours, as) < detect.MinSeasonReports {
		if counts := u.days(cell, as); counts != nil {
			return detect.Learn(counts, end, parent)
		}
	}
	return detect.Learn(u.history(cell, as-historyHours, as), end, parent)
}

// siblings counts the other cells of the same sort, countries or symptoms, that
// had reports before an hour.
func (u *Usual) siblings(cell window.Cell, as hour) int {
	n := 0
	for other, p := range u.cells {
		if other != cell && other != whole && other.Symptom != visitID && (other.Symptom == "") == (cell.Symptom == "") && p.before(as) {
			n++
		}
	}
	return n
}

// history lists the counts of a cell in the hours [from, to), an hour each
// without gaps, oldest first. An hour in which nobody could count has Known 0.
func (u *Usual) history(cell window.Cell, from, to hour) []detect.Count {
	if len(u.known.values) == 0 {
		return nil
	}
	first := max(u.known.from, from)
	counts := make([]detect.Count, max(to-first, 0))
	for i := range counts {
		at := first + hour(i)
		counts[i] = detect.Count{Start: at.start(), Width: time.Hour, Known: u.known.at(at)}
	}
	u.counted(cell).each(first, to, func(at hour, n float64) { counts[at-first].N += n })
	return counts
}

// days lists the counts of a sparse cell by the day, if there are two whole days
// or more: it has no rhythm of its own that hours would show.
func (u *Usual) days(cell window.Cell, as hour) []detect.Count {
	const day = 24
	first := as - historyHours
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
	u.counted(cell).each(first, as, func(at hour, n float64) { counts[(at-first)/day].N += n })
	return counts
}
