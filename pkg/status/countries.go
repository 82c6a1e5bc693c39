package status

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/window"
)

// Country is one country's part of a window.
type Country struct {
	Code       string
	Count      int64
	Expected   float64 // in the whole window, whether it could be counted or not
	Above      bool    // Count, without what is set aside, is above the usual range
	Share      float64 // of the window's total
	Level      detect.Level
	PerMillion float64 // reports per million people; 0 where the population is unknown
}

// Countries is the heatmap of a service.
type Countries struct {
	AsOf      time.Time
	Window    time.Duration
	Minutes   int // how many minutes of Window could be counted
	Total     int64
	Countries []Country // most reports first
}

// Countries returns the reports of the window w of a service by country. A
// symptom other than "" narrows them to that symptom. Those of the default window
// are part of the status.
func (b *Board) Countries(ctx context.Context, slug string, w time.Duration, symptom string) (Countries, error) {
	if _, err := b.service(slug); err != nil {
		return Countries{}, err
	}
	if w == window.Default && symptom == "" {
		s, err := b.Status(ctx, slug)
		return s.Heatmap(), err
	}
	now := b.now()
	key := windowKey{slug, w, window.Cell{Symptom: symptom}}
	return b.countryCache.Get(ctx, key, now, func(ctx context.Context) (Countries, error) {
		r, err := b.read(ctx, slug, w, now)
		if err != nil {
			return Countries{}, err
		}
		return b.splitByCountry(ctx, slug, r, symptom)
	})
}

// splitByCountry returns the split of r by country, of one symptom or of all.
func (b *Board) splitByCountry(ctx context.Context, slug string, r *reading, symptom string) (Countries, error) {
	counts := map[string]int64{}
	out := Countries{AsOf: r.to, Window: r.window, Minutes: r.minutes}
	for cell, n := range r.cells {
		if symptom == "" || cell.Symptom == symptom {
			counts[cell.Country] += n
			out.Total += n
		}
	}
	live := b.Judge.Live(slug)
	out.Countries = make([]Country, 0, len(counts))
	for code, n := range counts {
		baseline, err := b.baseline(ctx, slug, window.Cell{Country: code, Symptom: symptom}, r.to)
		if err != nil {
			return Countries{}, err
		}
		out.Countries = append(out.Countries, Country{
			Code: code, Count: n, Expected: r.expected(baseline), Above: r.isAbove(n-r.asideOf(code, n), baseline), Share: float64(n) / float64(out.Total),
			Level: live.Countries[code].Level, PerMillion: b.perMillion(code, n),
		})
	}
	slices.SortFunc(out.Countries, mostReports)
	return out, nil
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
