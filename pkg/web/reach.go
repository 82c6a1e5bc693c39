package web

import (
	"context"
	"slices"
	"time"

	"github.com/outcry/outcry/pkg/status"
	"github.com/outcry/outcry/pkg/window"
)

// reach is how far back a course goes, and in which steps.
type reach struct{ length, step time.Duration }

// reaches are offered for the chart of a service. Buckets of a minute are the
// finest there are.
var reaches = []reach{
	{24 * time.Hour, 15 * time.Minute},
	{6 * time.Hour, 5 * time.Minute},
	{time.Hour, time.Minute},
	{15 * time.Minute, time.Minute},
}

// sparkReaches are those of small courses, which have room for few steps.
var sparkReaches = []reach{
	{6 * time.Hour, 15 * time.Minute},
	{time.Hour, 5 * time.Minute},
	{15 * time.Minute, time.Minute},
}

// readReach is the reach that a query names, or none.
func readReach(name string) reach {
	for _, r := range reaches {
		if name == window.Name(r.length) {
			return r
		}
	}
	return reach{}
}

// query asks for the course that r spans at now.
func (r reach) query(now time.Time) status.SeriesQuery {
	return status.SeriesQuery{From: now.Add(-r.length), To: now, Step: r.step}
}

// holding returns the shortest of all, which begin with the longest, that holds
// everything the longest counted. On a server that has only counted for a
// short while a long one would be nothing but a gap.
func holding(all []reach, longest status.Series) reach {
	counted := time.Duration(0) // unless it began within a step, of which half must be known
	if i := slices.IndexFunc(longest.Points, func(p status.Point) bool { return p.Known }); i >= 0 {
		counted = longest.AsOf.Sub(longest.Points[i].Start) + longest.Step/2
	}
	for _, r := range slices.Backward(all) {
		if counted <= r.length {
			return r
		}
	}
	return all[0]
}

// anyKnown tells whether any of the points could be counted.
func anyKnown(points []status.Point) bool {
	return slices.ContainsFunc(points, func(p status.Point) bool { return p.Known })
}

// course reads the reports of a service over the shortest of all that holds what
// was counted, and tells which it is. Where nothing was, that is the longest.
func (s *Site) course(ctx context.Context, slug string, all []reach, now time.Time) (status.Series, reach, error) {
	longest, err := s.Board.Series(ctx, slug, all[0].query(now))
	if err != nil {
		return longest, all[0], err
	}
	series, r := longest, all[0]
	for { // finer steps tell better when counting began
		next := holding(all, series)
		if next.length >= r.length {
			break
		}
		r = next
		if series, err = s.Board.Series(ctx, slug, r.query(now)); err != nil {
			return series, r, err
		}
	}
	if !anyKnown(series.Points) {
		return longest, all[0], nil
	}
	return series, r, nil
}
