package scenario

import (
	"time"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

const hour = time.Hour

// History returns the weeks before Start as hourly rollups, from which
// baselines can be learned. They hold the quiet rates without any surge.
// Rollups are ordered by service, country and time, and none is zero. The spans
// are all the hours, with every minute of them known.
func (s *Scenario) History(seed int64) ([]window.Rollup, []window.Span) {
	return s.drawHistory(seed, s.Start, func(f *flow) func(time.Time) float64 {
		return func(start time.Time) float64 {
			var sum float64
			for q := start; q.Before(start.Add(hour)); q = q.Add(quarter) {
				sum += f.quietRate(q)
			}
			return sum
		}
	})
}

// drawHistory draws the weeks before end: hours, and the quarters of the last hour
// that end before it. For each flow, expected returns a function from the start of
// an hour to the mean number of reports in it.
func (s *Scenario) drawHistory(seed int64, end time.Time, expected func(*flow) func(time.Time) float64) ([]window.Rollup, []window.Span) {
	last := end.Truncate(hour)
	from := last.AddDate(0, 0, -7*s.Weeks)
	var spans []window.Span
	for t := from; t.Before(last); t = t.Add(hour) {
		spans = append(spans, window.Span{Start: t, Width: hour, Known: int(window.Minutes(hour))})
	}
	for t := last; t.Before(end.Truncate(quarter)); t = t.Add(quarter) {
		spans = append(spans, window.Span{Start: t, Width: quarter, Known: int(window.Minutes(quarter))})
	}
	var rollups []window.Rollup
	for i := range s.Services {
		sv := &s.Services[i]
		rng := source(seed, "history "+sv.Slug)
		for _, rate := range sv.Quiet {
			f := newFlow(rng, s, sv, rate.Country)
			reports := expected(f)
			for _, span := range spans {
				level := reports(span.Start) * float64(span.Width) / float64(hour) * wander(rng, sv.Dispersion, int(span.Width/quarter))
				for i, symptom := range f.symptoms {
					n := poisson(rng, level*f.shares[i])
					if n == 0 {
						continue
					}
					rollups = append(rollups, window.Rollup{
						Service: sv.Slug, Kind: report.Problem,
						Cell:  window.Cell{Country: rate.Country, Symptom: symptom},
						Start: span.Start, Width: span.Width, N: n,
					})
				}
			}
		}
	}
	return rollups, spans
}
