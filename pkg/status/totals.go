package status

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// Totals is what was reported of a service in a stretch of time that may be
// over.
type Totals struct {
	From, To  time.Time // what was added up: whole minutes lately, whole rollups before
	Total     int64
	Symptoms  []Share   // in catalog order, zero counts included
	Countries []Country // most reports first
}

// totalsKey names a stretch of a service, in one country or in all.
type totalsKey struct {
	service  string
	from, to int64 // Unix seconds
	country  string
}

// Totals adds up the reports of a service from one time to another, in one
// country or, with country "", in all. What is older than the buckets comes from
// rollups: the ends then move outwards to theirs.
func (b *Board) Totals(ctx context.Context, slug string, from, to time.Time, country string) (Totals, error) {
	s, err := b.service(slug)
	if err != nil {
		return Totals{}, err
	}
	now := b.now()
	key := totalsKey{slug, from.Unix(), to.Unix(), country}
	return b.totalsCache.Get(ctx, key, now, func(ctx context.Context) (Totals, error) {
		t, err := b.readTotals(ctx, s.Symptoms, key, now)
		if err != nil {
			return Totals{}, fmt.Errorf("add up the reports of %s: %w", slug, err)
		}
		return t, nil
	})
}

func (b *Board) readTotals(ctx context.Context, symptoms []string, key totalsKey, now time.Time) (Totals, error) {
	border := now.Add(-window.Retention).Truncate(time.Hour).Add(time.Hour)
	from := window.Start(time.Unix(key.from, 0).UTC())
	to := window.Start(earlier(time.Unix(key.to, 0).UTC(), now).Add(window.Width - 1))
	counts := map[window.Cell]int64{}
	if from.Before(border) {
		from = from.Truncate(window.RollupWidth)
		past := earlier(to.Add(window.RollupWidth-1).Truncate(window.RollupWidth), border)
		to = later(to, past)
		rollups, _, err := b.Archive.Rollups(ctx, key.service, from, past)
		if err != nil {
			return Totals{}, err
		}
		for _, r := range rollups {
			if r.Kind == report.Problem {
				counts[r.Cell] += r.N
			}
		}
	}
	if border.Before(to) {
		buckets, err := b.Store.Buckets(ctx, key.service, later(from, border), to)
		if err != nil {
			return Totals{}, err
		}
		for _, bucket := range buckets {
			for _, n := range bucket.Problems {
				counts[n.Cell] += n.N
			}
		}
	}
	t := Totals{From: from, To: to}
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
		usual, err := b.Baselines.Of(ctx, key.service, window.Cell{Country: code}, now)
		if err != nil {
			return Totals{}, err
		}
		t.Countries = append(t.Countries, Country{Code: code, Count: n, Expected: usual.Expected(from, to),
			Share: float64(n) / float64(t.Total), PerMillion: b.perMillion(code, n)})
	}
	slices.SortFunc(t.Countries, mostReports)
	return t, nil
}

// mostReports orders countries by their reports, equal ones by their code.
func mostReports(x, y Country) int {
	return cmp.Or(cmp.Compare(y.Count, x.Count), cmp.Compare(x.Code, y.Code))
}
