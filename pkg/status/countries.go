package status

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/window"
)

// Country is one country's part of a window.
type Country struct {
	Code       string
	Count      int64
	Expected   float64
	Share      float64 // of the window's total
	Level      detect.Level
	PerMillion float64 // reports per million people; 0 where the population is unknown
}

// Countries is the heatmap of a service.
type Countries struct {
	AsOf      time.Time
	Window    time.Duration
	Total     int64
	Countries []Country // most reports first
}

// Countries returns the reports of the window w of a service by country. A
// symptom other than "" narrows them to that symptom.
func (b *Board) Countries(ctx context.Context, slug string, w time.Duration, symptom string) (Countries, error) {
	if _, err := b.service(slug); err != nil {
		return Countries{}, err
	}
	now := b.now()
	key := windowKey{slug, w, window.Cell{Symptom: symptom}}
	return b.countryCache.Get(ctx, key, now, func(ctx context.Context) (Countries, error) {
		countries, _, err := b.countByCountry(ctx, key, now)
		return countries, err
	})
}

// countByCountry counts the window of key by country. It also returns the part
// of the window that could be counted.
func (b *Board) countByCountry(ctx context.Context, key windowKey, now time.Time) (Countries, countedTime, error) {
	buckets, err := b.Store.Buckets(ctx, key.service, windowStart(now, key.window), now.Add(window.Width))
	if err != nil {
		return Countries{}, nil, fmt.Errorf("count %s by country: %w", key.service, err)
	}
	counts := map[string]int64{}
	var total int64
	for _, bucket := range buckets {
		for _, n := range bucket.Problems {
			if key.cell.Symptom == "" || n.Symptom == key.cell.Symptom {
				counts[n.Country] += n.N
				total += n.N
			}
		}
	}
	counted := countedTimeOf(buckets, now)
	live := b.Judge.Live(key.service)
	out := Countries{AsOf: now, Window: key.window, Total: total, Countries: make([]Country, 0, len(counts))}
	for code, n := range counts {
		baseline, err := b.baseline(ctx, key.service, window.Cell{Country: code, Symptom: key.cell.Symptom}, now)
		if err != nil {
			return Countries{}, nil, err
		}
		out.Countries = append(out.Countries, Country{
			Code: code, Count: n, Expected: counted.expected(baseline), Share: float64(n) / float64(total),
			Level: live.Countries[code].Level, PerMillion: b.perMillion(code, n),
		})
	}
	slices.SortFunc(out.Countries, mostReports)
	return out, counted, nil
}

// perMillion returns n reports per million people of a country, or 0 if its
// population is unknown.
func (b *Board) perMillion(code string, n int64) float64 {
	c, ok := b.Catalog.Country(code)
	if !ok || c.Population == 0 {
		return 0
	}
	return float64(n) / float64(c.Population) * 1e6
}

// mostReports compares countries: the one with more reports comes first, and
// equal ones come in the order of their codes.
func mostReports(x, y Country) int {
	return cmp.Or(cmp.Compare(y.Count, x.Count), cmp.Compare(x.Code, y.Code))
}

// windowStart returns the start of the window w that ends with the bucket of
// now.
func windowStart(now time.Time, w time.Duration) time.Time {
	return window.Start(now).Add(window.Width - w)
}
