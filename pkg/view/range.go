package view

import (
	"slices"
	"time"

	"github.com/outcry/outcry/pkg/status"
	"github.com/outcry/outcry/pkg/window"
)

// Range is how far back a course goes, and in which steps.
type Range struct{ Length, Step time.Duration }

// ChartRanges are offered for the chart of a service. Buckets of a minute are the
// finest there are.
var ChartRanges = []Range{
	{24 * time.Hour, 15 * time.Minute},
	{6 * time.Hour, 5 * time.Minute},
	{time.Hour, time.Minute},
	{15 * time.Minute, time.Minute},
}

// SparkRanges are those of small courses, which have room for few steps.
var SparkRanges = []Range{
	{6 * time.Hour, 15 * time.Minute},
	{time.Hour, 5 * time.Minute},
	{15 * time.Minute, time.Minute},
}

// ParseRange is the reach that a query names, or none.
func ParseRange(name string) Range {
	for _, r := range ChartRanges {
		if name == window.Name(r.Length) {
			return r
		}
	}
	return Range{}
}

// Query asks for the course that r spans at now.
func (r Range) Query(now time.Time) status.SeriesQuery {
	return status.SeriesQuery{From: now.Add(-r.Length), To: now, Step: r.Step}
}

// ShortestRange returns the shortest of all, which begin with the longest, that holds
// everything the longest counted. On a server that has only counted for a
// short while a long one would be nothing but a gap.
func ShortestRange(all []Range, longest status.Series) Range {
	counted := time.Duration(0) // unless it began within a step, of which half must be known
	if i := slices.IndexFunc(longest.Points, func(p status.Point) bool { return p.Known }); i >= 0 {
		counted = longest.AsOf.Sub(longest.Points[i].Start) + longest.Step/2
	}
	for _, r := range slices.Backward(all) {
		if counted <= r.Length {
			return r
		}
	}
	return all[0]
}

// AnyCounted reports whether any of the points could be counted.
func AnyCounted(points []status.Point) bool {
	return slices.ContainsFunc(points, func(p status.Point) bool { return p.Known })
}
