package status

import (
	"context"
	"fmt"
	"time"

	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// readSeries adds up the series that q asks for. It takes each part of the time
// from one source:
//
//   - before the first bucket, from rollups;
//   - after it, from buckets;
//   - but a quarter of an hour without any counted minute, from its rollup. The
//     archive may hold one, imported or counted by another installation.
func (b *Board) readSeries(ctx context.Context, slug string, q SeriesQuery, now time.Time) (Series, error) {
	border := firstBucket(now)
	hasPast := q.From.Before(border)
	sums := newGrid(q.From, q.To, q.Step)
	counted := newGrid(later(border, q.From), q.To, min(q.Step, window.RollupWidth))
	archived := newGrid(counted.from, q.To, counted.step)

	quarters, err := b.addBuckets(ctx, slug, q, counted, now)
	if err != nil {
		return Series{}, fmt.Errorf("read the series of %s: %w", slug, err)
	}
	if hasPast || hasUncountedQuarter(counted, quarters, now) {
		// Without the archive, a series that starts after the border is
		// answered with its gaps.
		if err := b.addRollups(ctx, slug, q, border, sums, archived, now); err != nil && hasPast {
			return Series{}, fmt.Errorf("read the series of %s: %w", slug, err)
		}
	}
	for i, t := range counted.steps {
		start := counted.start(i)
		if !quarters[quarterOf(start)] && archived.steps[i].known > 0 {
			t = archived.steps[i]
		}
		sum := sums.at(start)
		sum.n += t.n
		sum.known += t.known
	}
	baseline, err := b.baseline(ctx, slug, q.cell(), now)
	if err != nil {
		return Series{}, err
	}
	return Series{AsOf: now, Step: q.Step, Points: points(sums, baseline, now)}, nil
}

// firstBucket returns the time from which counts are read from buckets and not
// from rollups: the first full hour that the store keeps whole.
func firstBucket(now time.Time) time.Time {
	return now.Add(-window.Retention).Truncate(time.Hour).Add(time.Hour)
}

// quarterOf returns the start of the quarter of an hour that holds t.
func quarterOf(t time.Time) time.Time { return t.UTC().Truncate(window.RollupWidth) }

// addBuckets adds the buckets of a service to g. It returns the starts of the
// quarters with a counted minute, which may lie outside g.
func (b *Board) addBuckets(ctx context.Context, slug string, q SeriesQuery, g grid, now time.Time) (quarters map[time.Time]bool, err error) {
	if len(g.steps) == 0 {
		return nil, nil
	}
	end := quarterOf(q.To.Add(window.RollupWidth - 1))
	buckets, err := b.Store.Buckets(ctx, slug, quarterOf(g.from), earlier(end, now.Add(window.Width)))
	if err != nil {
		return nil, err
	}
	quarters = map[time.Time]bool{}
	for _, bucket := range buckets {
		if bucket.Known {
			quarters[quarterOf(bucket.Start)] = true
		}
		t := g.at(bucket.Start)
		if t == nil {
			continue
		}
		if bucket.Known {
			t.known += window.Width
		}
		for _, n := range bucket.Problems {
			if q.includes(n.Cell) {
				t.n += n.N
			}
		}
	}
	return quarters, nil
}

// hasUncountedQuarter reports whether a finished step of g lies in a quarter
// that is not in quarters.
func hasUncountedQuarter(g grid, quarters map[time.Time]bool, now time.Time) bool {
	for i := range g.steps {
		if start := g.start(i); !start.Add(g.step).After(now) && !quarters[quarterOf(start)] {
			return true
		}
	}
	return false
}

// addRollups adds the rollups of a service: to past those that start before
// border, and to recent the others.
func (b *Board) addRollups(ctx context.Context, slug string, q SeriesQuery, border time.Time, past, recent grid, now time.Time) error {
	rollups, spans, err := b.Archive.Rollups(ctx, slug, earliestRollup(q.From, now), earlier(q.To, now))
	if err != nil {
		return err
	}
	gridOf := func(start time.Time) grid {
		if start.Before(border) {
			return past
		}
		return recent
	}
	for _, r := range rollups {
		if r.Kind == report.Problem && q.includes(r.Cell) {
			gridOf(r.Start).spread(r.Start, r.Width, func(t *tally, i, parts int64) {
				t.n += r.N*(i+1)/parts - r.N*i/parts // whole reports that add up to r.N
			})
		}
	}
	for _, s := range spans {
		known := window.Minute(s.Known).Duration()
		gridOf(s.Start).spread(s.Start, s.Width, func(t *tally, _, parts int64) { t.known += known / time.Duration(parts) })
	}
	return nil
}

// earliestRollup returns the earliest possible start of the rollup that holds
// from. The archive keeps rollups of at most an hour for a year, and of at most
// a day after that.
func earliestRollup(from, now time.Time) time.Time {
	if from.Before(now.AddDate(0, 0, -365)) {
		return from.Truncate(24 * time.Hour)
	}
	return from.Truncate(time.Hour)
}

// points turns sums into points with their expected counts. A point is known
// when at least half of its step could be counted.
func points(sums grid, baseline *detect.Baseline, now time.Time) []Point {
	out := make([]Point, len(sums.steps))
	for i, t := range sums.steps {
		start := sums.start(i)
		end := start.Add(sums.step)
		passed := earlier(end, now).Sub(start)
		expected := baseline.Expected(start, end)
		out[i] = Point{Start: start, Count: t.n, Known: t.known > 0 && 2*t.known >= passed, Expected: expected, Upper: baseline.Upper(expected)}
	}
	return out
}
