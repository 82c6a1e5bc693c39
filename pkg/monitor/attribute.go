package monitor

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/window"
)

// attribute adds to j the counts of the default window by country and symptom,
// which show where the excess is, and the reports since the onset.
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
	since, err := m.Store.Buckets(ctx, in.service, onsetOf(in.watch, *j), j.At.Add(window.Width))
	if err != nil {
		return fmt.Errorf("count since the onset: %w", err)
	}
	j.Reports = problems(since...)
	return nil
}

// onsetOf returns the onset of the live incident, or the earliest one of the
// verdicts.
func onsetOf(w *watch, j incident.Judgement) time.Time {
	if w.hasIncident() {
		return w.incident.Onset
	}
	onset := j.At
	for v := range j.Verdicts() {
		if o := v.Onset; !o.IsZero() && o.Before(onset) {
			onset = o
		}
	}
	return onset
}
