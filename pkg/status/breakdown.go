package status

import (
	"context"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/outcry/outcry/pkg/window"
)

// Breakdown is the split of a window by symptom.
type Breakdown struct {
	AsOf     time.Time
	Window   time.Duration
	Total    int64
	Symptoms []Share // the service's symptoms in catalog order, zero counts included
}

// Share is one symptom's part of a window, with its 95 % interval.
type Share struct {
	Symptom          string
	Count            int64
	Share, Low, High float64 // fractions of the total, in [0, 1]
}

// Breakdown returns the split of the window w of a service by symptom. A
// country other than "" narrows it to that country. That of the default window
// is part of the status.
func (b *Board) Breakdown(ctx context.Context, slug string, w time.Duration, country string) (Breakdown, error) {
	service, err := b.service(slug)
	if err != nil {
		return Breakdown{}, err
	}
	if w == window.Default {
		s, err := b.Status(ctx, slug)
		return s.Breakdown(country), err
	}
	now := b.now()
	key := windowKey{slug, w, window.Cell{Country: country}}
	return b.breakdownCache.Get(ctx, key, now, func(ctx context.Context) (Breakdown, error) {
		r, err := b.read(ctx, slug, w, now)
		if err != nil {
			return Breakdown{}, err
		}
		out := splitBySymptom(r.cells, service.Symptoms, country)
		out.AsOf, out.Window = now, w
		return out, nil
	})
}

// splitBySymptom returns the split of counts by symptom, in one country or in all.
func splitBySymptom(cells map[window.Cell]int64, symptoms []string, country string) (out Breakdown) {
	counts := map[string]int64{}
	for cell, n := range cells {
		if country == "" || cell.Country == country {
			counts[cell.Symptom] += n
			out.Total += n
		}
	}
	out.Symptoms = Shares(symptoms, counts)
	return out
}

// Shares turns counts by symptom into shares with their 95 % intervals. They
// come in the order of symptoms. Counted symptoms that are not in symptoms
// follow in the order of their IDs.
func Shares(symptoms []string, counts map[string]int64) []Share {
	var total int64
	for _, n := range counts {
		total += n
	}
	order := slices.Clone(symptoms)
	for _, s := range slices.Sorted(maps.Keys(counts)) {
		if !slices.Contains(symptoms, s) {
			order = append(order, s)
		}
	}
	shares := make([]Share, len(order))
	for i, s := range order {
		shares[i] = Share{Symptom: s, Count: counts[s]}
		if total > 0 {
			shares[i].Share = float64(counts[s]) / float64(total)
			shares[i].Low, shares[i].High = wilson(counts[s], total)
		}
	}
	return shares
}

// z95 is the 97.5 % quantile of the normal distribution: the half width of a
// 95 % interval in standard errors.
const z95 = 1.959964

// wilson returns the 95 % score interval of the share k/n (Wilson 1927). Unlike
// the plain normal interval it stays within [0, 1] and holds for small n.
func wilson(k, n int64) (low, high float64) {
	total, p := float64(n), float64(k)/float64(n)
	z2 := z95 * z95
	centre := (p + z2/(2*total)) / (1 + z2/total)
	half := z95 / (1 + z2/total) * math.Sqrt(p*(1-p)/total+z2/(4*total*total))
	return max(0, centre-half), min(1, centre+half)
}
