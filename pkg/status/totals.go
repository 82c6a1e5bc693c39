package status

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// Totals is the reports of a service in an interval, which may be long over.
type Totals struct {
	From, To  time.Time // the interval that was added up, in whole buckets or whole rollups
	Total     int64
	Expected  float64   // by the baseline of today
	Symptoms  []Share   // in catalog order, zero counts included
	Countries []Country // most reports first; Level is not set
}

// totalsKey names an interval of a service, in one country or in all.
type totalsKey struct {
	service  string
	from, to int64 // Unix seconds
	country  string
}

// Totals adds up the reports of a service from one time to another. A country
// other than "" narrows them to that country. The time before the buckets comes
// from rollups, whose width moves the ends outwards.
func (b *Board) Totals(ctx context.Context, slug string, from, to time.Time, country string) (Totals, error) {
	service, err := b.service(slug)
	if err != nil {
		return Totals{}, err
	}
	now := b.now()
	key := totalsKey{slug, from.Unix(), to.Unix(), country}
	return b.totalsCache.Get(ctx, key, now, func(ctx context.Context) (Totals, error) {
		t, err := b.readTotals(ctx, service.Symptoms, key, now)
		if err != nil {
			return Totals{}, fmt.Errorf("add up the reports of %s: %w", slug, err)
		}
		return t, nil
	})
}

// IncidentTotals returns the totals of an incident: those that were frozen at its
// end, or else those until now.
func (b *Board) IncidentTotals(ctx context.Context, inc incident.Incident) (Totals, error) {
	if inc.Split == nil {
		end := inc.Resolved
		if end.IsZero() {
			end = b.now()
		}
		return b.Totals(ctx, inc.Service, inc.Onset, end, "")
	}
	t := Totals{From: inc.Onset, To: inc.Resolved, Total: inc.Reports}
	bySymptom := map[string]int64{}
	for _, s := range inc.Split.Symptoms {
		bySymptom[s.ID] = s.Observed
	}
	var symptoms []string
	if service, ok := b.Catalog.Service(inc.Service); ok {
		symptoms = service.Symptoms
	}
	t.Symptoms = Shares(symptoms, bySymptom)
	for _, c := range inc.Split.Countries {
		t.Countries = append(t.Countries, Country{Code: c.ID, Count: c.Observed, Expected: c.Expected,
			Share: float64(c.Observed) / float64(max(1, t.Total)), PerMillion: b.perMillion(c.ID, c.Observed)})
	}
	return t, nil
}

func (b *Board) readTotals(ctx context.Context, symptoms []string, key totalsKey, now time.Time) (Totals, error) {
	from := window.Start(time.Unix(key.from, 0).UTC())
	to := window.Start(earlier(time.Unix(key.to, 0).UTC(), now).Add(window.Width - 1))
	counts, from, to, err := b.countCells(ctx, key.service, from, to, now)
	if err != nil {
		return Totals{}, err
	}
	whole, err := b.Baselines.Of(ctx, key.service, window.Cell{}, now)
	if err != nil {
		return Totals{}, err
	}
	passed := earlier(to, now)
	t := Totals{From: from, To: to, Expected: whole.Expected(from, passed)}
	bySymptom, byCountry := map[string]int64{}, map[string]int64{}
	for cell, n := range counts {
		if key.country == "" || cell.Country == key.country {
			bySymptom[cell.Symptom] += n
			byCountry[cell.Country] += n
			t.Total += n
		}
	}
	t.Symptoms = Shares(symptoms, bySymptom)
	for code, n := range byCountry {
		baseline, err := b.Baselines.Of(ctx, key.service, window.Cell{Country: code}, now)
		if err != nil {
			return Totals{}, err
		}
		t.Countries = append(t.Countries, Country{Code: code, Count: n, Expected: baseline.Expected(from, passed),
			Share: float64(n) / float64(t.Total), PerMillion: b.perMillion(code, n)})
	}
	slices.SortFunc(t.Countries, mostReports)
	return t, nil
}

// countCells adds up the problems of each cell from rollups and buckets. It
// returns the interval that they cover, which holds from and to.
func (b *Board) countCells(ctx context.Context, slug string, from, to, now time.Time) (counts map[window.Cell]int64, start, end time.Time, err error) {
	border := firstBucket(now)
	start, end = from, to
	counts = map[window.Cell]int64{}
	if start.Before(border) {
		start = quarterOf(start)
		rollupsEnd := earlier(quarterOf(end.Add(window.RollupWidth-1)), border)
		end = later(end, rollupsEnd)
		rollups, _, err := b.Archive.Rollups(ctx, slug, start, rollupsEnd)
		if err != nil {
			return nil, start, end, err
		}
		for _, r := range rollups {
			if r.Kind == report.Problem {
				counts[r.Cell] += r.N
			}
		}
	}
	if border.Before(end) {
		buckets, err := b.Store.Buckets(ctx, slug, later(start, border), end)
		if err != nil {
			return nil, start, end, err
		}
		for _, bucket := range buckets {
			for _, n := range bucket.Problems {
				counts[n.Cell] += n.N
			}
		}
	}
	return counts, start, end, nil
}
