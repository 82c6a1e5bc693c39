package status

import (
	"context"
	"fmt"
	"time"

	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// maxPoints bounds one answer.
const maxPoints = 2000

// keptPoints bounds an answer that is kept for others: a week in steps of
// RollupWidth is, and 1,024 of them are 56 MB. Only those who ask for a longer
// one at the same moment share it.
const maxCachedPoints = 1000

// Steps are the grains a series may have.
var Steps = []time.Duration{window.Width, 5 * time.Minute, 15 * time.Minute, time.Hour, 24 * time.Hour}

type seriesKey struct {
	service  string
	from, to int64 // Unix seconds
	step     time.Duration
	cell     window.Cell
}

// Series returns how the reports of a service moved. Steps are aligned to the
// Unix epoch. What is older than the buckets comes from rollups, whose finest
// grain is window.RollupWidth.
func (b *Board) Series(ctx context.Context, slug string, q SeriesQuery) (Series, error) {
	if _, err := b.service(slug); err != nil {
		return Series{}, err
	}
	now := b.now()
	q, err := q.complete(now)
	if err != nil {
		return Series{}, err
	}
	key := seriesKey{slug, q.From.Unix(), q.To.Unix(), q.Step, window.Cell{Country: q.Country, Symptom: q.Symptom}}
	return b.seriesCache.Get(ctx, key, now, func(ctx context.Context) (Series, error) { return b.readSeries(ctx, slug, q, now) })
}

// complete fills in the defaults, aligns the ends to the step, and refuses what
// cannot be answered.
func (q SeriesQuery) complete(now time.Time) (SeriesQuery, error) {
	if q.Step == 0 {
		q.Step = window.RollupWidth
	}
	known := false
	for _, s := range Steps {
		known = known || s == q.Step
	}
	if !known {
		return q, fault.Field("step", "must be one of 1m, 5m, 15m, 1h, 24h")
	}
	if q.To.IsZero() || q.To.After(now) {
		q.To = now
	}
	if q.From.IsZero() {
		q.From = q.To.Add(-24 * time.Hour)
	}
	if !q.From.Before(q.To) {
		return q, fault.Field("from", "must be before to and not in the future")
	}
	q.From, q.To = q.From.UTC().Truncate(q.Step), q.To.UTC().Add(q.Step-1).Truncate(q.Step)
	if q.To.Sub(q.From)/q.Step > maxPoints {
		return q, fault.Field("step", "gives more than %d points; choose a longer step or a shorter time", maxPoints)
	}
	if q.Step < window.RollupWidth && q.From.Before(now.Add(-window.Retention)) {
		return q, fault.Field("step", "must be at least 15m for times before the last 26 hours")
	}
	return q, nil
}

// wants tells whether q asks for the reports of a cell.
func (q SeriesQuery) wants(c window.Cell) bool {
	return (q.Country == "" || c.Country == q.Country) && (q.Symptom == "" || c.Symptom == q.Symptom)
}

// read adds up a series. Buckets are younger and finer than rollups, which serve
// what lies before them, and the recent quarters in which no minute was counted
// here: before counting began there may be a history all the same.
func (b *Board) readSeries(ctx context.Context, slug string, q SeriesQuery, now time.Time) (Series, error) {
	border := now.Add(-window.Retention).Truncate(time.Hour).Add(time.Hour)
	past := q.From.Before(border)
	steps := newGrid(q.From, q.To, q.Step)
	counted := newGrid(later(border, q.From), q.To, min(q.Step, window.RollupWidth))
	archived := newGrid(counted.from, q.To, counted.step)

	lit, err := b.addBuckets(ctx, slug, q, counted, now)
	if err != nil {
		return Series{}, fmt.Errorf("read the series of %s: %w", slug, err)
	}
	if past || hasUncountedQuarter(counted, lit, now) {
		// Without the archive what is recent is told, with its gaps.
		if err := b.addRollups(ctx, slug, q, border, steps, archived, now); err != nil && past {
			return Series{}, fmt.Errorf("read the series of %s: %w", slug, err)
		}
	}
	for i, t := range counted.cells {
		start := counted.start(i)
		if !lit[start.Truncate(window.RollupWidth)] && archived.cells[i].known > 0 {
			t = archived.cells[i]
		}
		sum := steps.at(start)
		sum.n += t.n
		sum.known += t.known
	}
	usual, err := b.baseline(ctx, slug, window.Cell{Country: q.Country, Symptom: q.Symptom}, now)
	if err != nil {
		return Series{}, err
	}
	return q.points(steps, usual, now), nil
}

// count adds buckets up in g and returns the quarters with a known minute, also
// those that reach beyond g.
func (b *Board) addBuckets(ctx context.Context, slug string, q SeriesQuery, g grid, now time.Time) (lit map[time.Time]bool, err error) {
	if len(g.cells) == 0 {
		return nil, nil
	}
	end := q.To.Add(window.RollupWidth - 1).Truncate(window.RollupWidth)
	buckets, err := b.Store.Buckets(ctx, slug, g.from.Truncate(window.RollupWidth), earlier(end, now.Add(window.Width)))
	if err != nil {
		return nil, err
	}
	lit = map[time.Time]bool{}
	for _, bucket := range buckets {
		if bucket.Known {
			lit[bucket.Start.UTC().Truncate(window.RollupWidth)] = true
		}
		t := g.at(bucket.Start)
		if t == nil {
			continue
		}
		if bucket.Known {
			t.known += window.Width
		}
		for _, n := range bucket.Problems {
			if q.wants(n.Cell) {
				t.n += n.N
			}
		}
	}
	return lit, nil
}

// dark tells whether some cell of g that is over lies in a quarter without a
// known minute.
func hasUncountedQuarter(g grid, lit map[time.Time]bool, now time.Time) bool {
	for i := range g.cells {
		if start := g.start(i); !start.Add(g.step).After(now) && !lit[start.Truncate(window.RollupWidth)] {
			return true
		}
	}
	return false
}

// recall adds rollups up: in past those that begin before border, in recent the
// others.
func (b *Board) addRollups(ctx context.Context, slug string, q SeriesQuery, border time.Time, past, recent grid, now time.Time) error {
	rollups, spans, err := b.Archive.Rollups(ctx, slug, earliestRollup(q.From, now), earlier(q.To, now))
	if err != nil {
		return err
	}
	side := func(start time.Time) grid {
		if start.Before(border) {
			return past
		}
		return recent
	}
	for _, r := range rollups {
		if r.Kind == report.Problem && q.wants(r.Cell) {
			side(r.Start).spread(r.Start, r.Width, func(t *tally, i, parts int64) { t.n += r.N*(i+1)/parts - r.N*i/parts })
		}
	}
	for _, s := range spans {
		known := window.Minute(s.Known).Duration()
		side(s.Start).spread(s.Start, s.Width, func(t *tally, _, parts int64) { t.known += known / time.Duration(parts) })
	}
	return nil
}

// reach is how early the rollup that holds from may begin: the archive keeps
// nothing wider than hours for a year, and than days after that.
func earliestRollup(from, now time.Time) time.Time {
	if from.Before(now.AddDate(0, 0, -365)) {
		return from.Truncate(24 * time.Hour)
	}
	return from.Truncate(time.Hour)
}

// points gives each step its expected count. A step is known when at least half
// of it could be counted.
func (q SeriesQuery) points(steps grid, usual *detect.Baseline, now time.Time) Series {
	s := Series{AsOf: now, Step: q.Step, Points: make([]Point, len(steps.cells))}
	for i, t := range steps.cells {
		start := steps.start(i)
		end := start.Add(q.Step)
		passed := earlier(end, now).Sub(start)
		expected := usual.Expected(start, end)
		s.Points[i] = Point{Start: start, Count: t.n, Known: t.known > 0 && 2*t.known >= passed, Expected: expected, Upper: usual.Upper(expected)}
	}
	return s
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
