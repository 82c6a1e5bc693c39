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
// RollupWidth is, and 256 of them are 14 MB. Only those who ask for a longer
// one at the same moment share it.
const keptPoints = 1000

// Steps are the grains a series may have.
var Steps = []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 24 * time.Hour}

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
	return b.series.get(ctx, key, now, func(ctx context.Context) (Series, error) { return b.read(ctx, slug, q, now) })
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

// tally is one step while it is added up.
type tally struct {
	n     int64
	known time.Duration
}

func (b *Board) read(ctx context.Context, slug string, q SeriesQuery, now time.Time) (Series, error) {
	steps := make([]tally, q.To.Sub(q.From)/q.Step)
	at := func(t time.Time) *tally { return &steps[t.Sub(q.From)/q.Step] }
	wanted := func(c window.Cell) bool {
		return (q.Country == "" || c.Country == q.Country) && (q.Symptom == "" || c.Symptom == q.Symptom)
	}
	// Buckets are younger and finer; rollups serve what lies before them.
	border := now.Add(-window.Retention).Truncate(time.Hour).Add(time.Hour)
	if q.From.Before(border) {
		rollups, spans, err := b.Archive.Rollups(ctx, slug, q.From, earlier(border, q.To))
		if err != nil {
			return Series{}, fmt.Errorf("read the series of %s: %w", slug, err)
		}
		for _, r := range rollups {
			if r.Kind == report.Problem && wanted(r.Cell) {
				q.spread(steps, r.Start, r.Width, func(t *tally, i, parts int64) { t.n += r.N*(i+1)/parts - r.N*i/parts })
			}
		}
		for _, s := range spans {
			known := time.Duration(s.Known) * time.Minute
			q.spread(steps, s.Start, s.Width, func(t *tally, _, parts int64) { t.known += known / time.Duration(parts) })
		}
	}
	if q.To.After(border) {
		buckets, err := b.Store.Buckets(ctx, slug, later(border, q.From), earlier(q.To, now.Add(window.Width)))
		if err != nil {
			return Series{}, fmt.Errorf("read the series of %s: %w", slug, err)
		}
		for _, bucket := range buckets {
			t := at(bucket.Start)
			if bucket.Known {
				t.known += window.Width
			}
			for _, n := range bucket.Problems {
				if wanted(n.Cell) {
					t.n += n.N
				}
			}
		}
	}
	usual, err := b.usual(ctx, slug, window.Cell{Country: q.Country, Symptom: q.Symptom}, now)
	if err != nil {
		return Series{}, err
	}
	return q.points(steps, usual, now), nil
}

// spread divides what spans width evenly over the steps it covers: rollups grow
// longer with age, and one may be longer than a step.
func (q SeriesQuery) spread(steps []tally, start time.Time, width time.Duration, add func(t *tally, i, parts int64)) {
	parts := max(1, int64(width/q.Step))
	first := int64(start.Sub(q.From) / q.Step)
	for i := range parts {
		if at := first + i; at >= 0 && at < int64(len(steps)) {
			add(&steps[at], i, parts)
		}
	}
}

// points gives each step its expected count. A step is known when at least half
// of it could be counted.
func (q SeriesQuery) points(steps []tally, usual *detect.Baseline, now time.Time) Series {
	s := Series{AsOf: now, Step: q.Step, Points: make([]Point, len(steps))}
	for i, t := range steps {
		start := q.From.Add(time.Duration(i) * q.Step)
		end := start.Add(q.Step)
		passed := earlier(end, now).Sub(start)
		expected := usual.Sum(start, end)
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
