package view

import (
	"slices"
	"time"

	"github.com/outcry/outcry/pkg/status"
	"github.com/outcry/outcry/pkg/window"
)

// Range is how far back a chart goes, and its step.
type Range struct{ Length, Step time.Duration }

// ChartRanges are offered for the chart of a service, longest first. No step is
// finer than a bucket.
var ChartRanges = []Range{
	{24 * time.Hour, 15 * time.Minute},
	{6 * time.Hour, 5 * time.Minute},
	{time.Hour, time.Minute},
	{15 * time.Minute, time.Minute},
}

// SparkRanges are the ranges of sparks, longest first. A spark has room for few
// steps.
var SparkRanges = []Range{
	{6 * time.Hour, 15 * time.Minute},
	{time.Hour, 5 * time.Minute},
	{15 * time.Minute, time.Minute},
}

// freshFor is how long trouble is fresh: so long it would be a sliver of a longer
// chart.
const freshFor = 3 * time.Hour

// RangesFor returns the ranges that the chart of a service may have unless the
// visitor chooses one, longest first. Fresh trouble fills an hour.
func RangesFor(s status.Status) []Range {
	if !InTrouble(s) || s.Onset.IsZero() || s.AsOf.Sub(s.Onset) >= freshFor {
		return ChartRanges
	}
	i := slices.IndexFunc(ChartRanges, func(r Range) bool { return r.Length <= time.Hour })
	return ChartRanges[i:]
}

// ParseRange returns the chart range with this name, or the zero Range.
func ParseRange(name string) Range {
	for _, r := range ChartRanges {
		if name == window.Name(r.Length) {
			return r
		}
	}
	return Range{}
}

// Query returns the query of the series that ends at now.
func (r Range) Query(now time.Time) status.SeriesQuery {
	return status.SeriesQuery{From: now.Add(-r.Length), To: now, Step: r.Step}
}

// ShortestRange returns the shortest of ranges that holds everything counted in
// longest, the series of the first range. A server that began to count a short
// while ago would otherwise show mostly a gap.
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

// AnyCounted reports whether any of the points was counted.
func AnyCounted(points []status.Point) bool {
	return slices.ContainsFunc(points, func(p status.Point) bool { return p.Known })
}
