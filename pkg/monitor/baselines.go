package monitor

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"time"

	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// HistoryLength is how much of the past a baseline rests on: whole weeks, so
// that no day of the week weighs more than another.
const HistoryLength = 28 * 24 * time.Hour

// History is what baselines need of the archive.
type History interface {
	// Rollups returns the rollups of a service that start in [from, to) and
	// which spans of that time could be counted, both ordered by start.
	Rollups(ctx context.Context, service string, from, to time.Time) ([]window.Rollup, []window.Span, error)
}

// Baselines learns what is usual for the cells of each service from archived
// rollups and remembers it for an hour. It is safe for concurrent use.
type Baselines struct {
	history History

	mu       sync.Mutex
	services map[string]*learned
}

// learned is the baselines of one service: of the service itself, of its
// countries and of its symptoms.
type learned struct {
	mu    sync.Mutex
	until hour                 // history was read up to here
	known map[hour]int         // minutes of the hour in which counting worked
	cells map[window.Cell]sums // what was counted, by cell
	usual map[window.Cell]*detect.Baseline
}

// hour is a count of hours since the Unix epoch.
type hour int64

// sums is the reports of one cell by hour; silent hours are left out.
type sums map[hour]int64

func hourOf(t time.Time) hour { return hour(t.Unix() / int64(time.Hour/time.Second)) }

func (h hour) start() time.Time {
	return time.Unix(int64(h)*int64(time.Hour/time.Second), 0).UTC()
}

const historyHours = hour(HistoryLength / time.Hour)

// NewBaselines returns baselines that learn from history.
func NewBaselines(history History) *Baselines {
	return &Baselines{history: history, services: map[string]*learned{}}
}

// Of returns what is usual at now for a cell of service; the zero Cell is the
// service itself. A cell that was never seen leans on the service's baseline.
func (b *Baselines) Of(ctx context.Context, service string, cell window.Cell, now time.Time) (*detect.Baseline, error) {
	b.mu.Lock()
	l := b.services[service]
	if l == nil {
		l = &learned{known: map[hour]int{}, cells: map[window.Cell]sums{}}
		b.services[service] = l
	}
	b.mu.Unlock()

	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.refresh(ctx, b.history, service, now); err != nil {
		return nil, err
	}
	return l.baseline(cell), nil
}

// Reset forgets what was learned, so that it is read again. It is needed only
// when history was written by another hand, as a replay does.
func (b *Baselines) Reset() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.services = map[string]*learned{}
}

// refresh reads the hours that became final since the last time. The running
// hour, and one whose rollups are not final yet, are left for later.
func (l *learned) refresh(ctx context.Context, history History, service string, now time.Time) error {
	until := hourOf(now.Add(-window.RollupDelay))
	if until <= l.until {
		return nil
	}
	from := max(l.until, until-historyHours)
	rollups, spans, err := history.Rollups(ctx, service, from.start(), until.start())
	if err != nil {
		return fmt.Errorf("learn what is usual for %s: %w", service, err)
	}
	for _, r := range rollups {
		if r.Kind != report.Problem {
			continue
		}
		at := hourOf(r.Start)
		l.add(window.Cell{}, at, r.N)
		l.add(window.Cell{Country: r.Country}, at, r.N)
		l.add(window.Cell{Symptom: r.Symptom}, at, r.N)
	}
	for _, s := range spans {
		l.known[hourOf(s.Start)] += s.Known
	}
	l.forget(until - historyHours)
	l.until = until
	l.usual = map[window.Cell]*detect.Baseline{}
	return nil
}

func (l *learned) add(cell window.Cell, at hour, n int64) {
	s := l.cells[cell]
	if s == nil {
		s = sums{}
		l.cells[cell] = s
	}
	s[at] += n
}

// forget drops what is older than a baseline looks back.
func (l *learned) forget(before hour) {
	tooOld := func(at hour) bool { return at < before }
	maps.DeleteFunc(l.known, func(at hour, _ int) bool { return tooOld(at) })
	for cell, s := range l.cells {
		maps.DeleteFunc(s, func(at hour, _ int64) bool { return tooOld(at) })
		if len(s) == 0 {
			delete(l.cells, cell)
		}
	}
}

// baseline returns the baseline of a cell, computed once an hour. Countries and
// symptoms lean on the service: they have its rhythm, and where they have no
// reports of their own, a share of its level.
func (l *learned) baseline(cell window.Cell) *detect.Baseline {
	if known := l.usual[cell]; known != nil {
		return known
	}
	var parent *detect.Baseline
	if cell != (window.Cell{}) {
		parent = l.baseline(window.Cell{}).Scaled(1 / float64(1+l.siblings(cell)))
	}
	usual := detect.Learn(l.history(cell), l.until.start(), parent)
	l.usual[cell] = usual
	return usual
}

// siblings counts the cells of the same sort, countries or symptoms, that have
// reports.
func (l *learned) siblings(cell window.Cell) int {
	n := 0
	for other := range l.cells {
		if (other.Country != "") == (cell.Country != "") && (other.Symptom != "") == (cell.Symptom != "") {
			n++
		}
	}
	return n
}

// history lists the counts of a cell, an hour each without gaps, oldest first.
// An hour in which nobody could count has Known 0.
func (l *learned) history(cell window.Cell) []detect.Count {
	if len(l.known) == 0 {
		return nil
	}
	first := l.until
	for at := range l.known {
		first = min(first, at)
	}
	counts := make([]detect.Count, 0, l.until-first)
	for at := first; at < l.until; at++ {
		counts = append(counts, detect.Count{
			Start: at.start(), Width: time.Hour, N: float64(l.cells[cell][at]),
			Known: min(1, float64(l.known[at])/60),
		})
	}
	return counts
}
