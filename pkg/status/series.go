package status

import (
	"context"
	"slices"
	"time"

	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/window"
)

const (
	// maxPoints is the most points of one series.
	maxPoints = 2000
	// maxCachedPoints is the most points of a series that is cached: a week in
	// steps of RollupWidth. 1,024 of them take 56 MB.
	maxCachedPoints = 1000
)

// Series is the reports of a service over time.
type Series struct {
	AsOf   time.Time
	Step   time.Duration
	Points []Point // oldest first, without gaps; the last may be running
}

// Point is one step of a series.
type Point struct {
	Start    time.Time
	Count    int64
	Known    bool // false when less than half of the step could be counted; Count is then a lower bound
	Expected float64
	Upper    float64 // upper edge of the expected range
}

// SeriesQuery selects a series. Zero values ask for the defaults.
type SeriesQuery struct {
	From, To time.Time     // default: the 24 hours up to now
	Step     time.Duration // default: 15 minutes
	Country  string
	Symptom  string
}

// Steps are the steps a series may have.
var Steps = []time.Duration{window.Width, 5 * time.Minute, 15 * time.Minute, time.Hour, 24 * time.Hour}

// StepFor returns the step for a series of something that lasted from onset to
// end: short enough to show its shape, and not shorter than the rollups of its
// age.
func StepFor(onset, end, now time.Time) time.Duration {
	length, age := end.Sub(onset), now.Sub(onset)
	switch {
	case length <= 3*time.Hour && age < 24*time.Hour:
		return 5 * time.Minute
	case length <= 24*time.Hour && age < 34*24*time.Hour:
		return 15 * time.Minute
	case length <= 14*24*time.Hour && age < 364*24*time.Hour:
		return time.Hour
	default:
		return 24 * time.Hour
	}
}

// seriesKey names a series, with its defaults filled in.
type seriesKey struct {
	service  string
	from, to int64 // Unix seconds
	step     time.Duration
	cell     window.Cell
}

// Series returns the reports of a service over time. Steps are aligned to the
// Unix epoch. The time before the buckets comes from rollups, whose shortest
// step is window.RollupWidth. The error is fault.Invalid for a query that cannot
// be answered.
func (b *Board) Series(ctx context.Context, slug string, q SeriesQuery) (Series, error) {
	if _, err := b.service(slug); err != nil {
		return Series{}, err
	}
	now := b.now()
	q, err := q.complete(now)
	if err != nil {
		return Series{}, err
	}
	key := seriesKey{slug, q.From.Unix(), q.To.Unix(), q.Step, q.cell()}
	return b.seriesCache.Get(ctx, key, now, func(ctx context.Context) (Series, error) { return b.readSeries(ctx, slug, q, now) })
}

// complete returns q with its defaults filled in and its ends aligned to the
// step.
func (q SeriesQuery) complete(now time.Time) (SeriesQuery, error) {
	if q.Step == 0 {
		q.Step = window.RollupWidth
	}
	if !slices.Contains(Steps, q.Step) {
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

// cell returns the cell that q asks for.
func (q SeriesQuery) cell() window.Cell { return window.Cell{Country: q.Country, Symptom: q.Symptom} }

// includes reports whether q asks for the reports of c.
func (q SeriesQuery) includes(c window.Cell) bool {
	return (q.Country == "" || c.Country == q.Country) && (q.Symptom == "" || c.Symptom == q.Symptom)
}
