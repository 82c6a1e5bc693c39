package monitor

import (
	"context"
	"slices"
	"strings"

	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/window"
)

// attribute adds to j the counts of the default window by country and symptom,
// which show where the excess is, by minute, and the reports since the onset.
func (m *Monitor) attribute(ctx context.Context, in *judgeInput, j *incident.Judgement) error {
	from := in.defaultWindow()[0].Start
	segment := func(id string, c cellCount) incident.Segment {
		return incident.Segment{ID: id, Observed: c.n, Expected: in.baselines.Of(c.cell).Expected(from, in.now)}
	}
	counts := in.windowCounts()
	for _, c := range counts.countries {
		j.CountrySegments = append(j.CountrySegments, segment(c.cell.Country, c))
	}
	for _, c := range counts.symptoms {
		j.SymptomSegments = append(j.SymptomSegments, segment(c.cell.Symptom, c))
	}
	for _, all := range [][]incident.Segment{j.CountrySegments, j.SymptomSegments} {
		slices.SortFunc(all, func(a, b incident.Segment) int { return strings.Compare(a.ID, b.ID) })
	}
	j.Minutes = minutesOf(in.defaultWindow(), in.baselines, in.now)
	onset := incident.OnsetOf(in.watch.incident, *j, m.Policy)
	since, err := m.countSince(ctx, in.watch, onset, j.At.Add(window.Width), j.At)
	if err != nil {
		return err
	}
	j.Reports = since.counts.total()
	return nil
}
