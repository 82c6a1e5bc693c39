package status

import (
	"context"
	"time"

	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/window"
)

// baseline returns the baseline of a cell. Baselines are learned for services,
// for countries and for symptoms. A symptom in one country gets the country's
// baseline, scaled by the symptom's share of the service.
func (b *Board) baseline(ctx context.Context, slug string, cell window.Cell, now time.Time) (*detect.Baseline, error) {
	if cell.Country == "" || cell.Symptom == "" {
		return b.Baselines.Of(ctx, slug, cell, now)
	}
	country, err := b.Baselines.Of(ctx, slug, window.Cell{Country: cell.Country}, now)
	if err != nil {
		return nil, err
	}
	share, err := b.symptomShare(ctx, slug, cell.Symptom, now)
	if err != nil {
		return nil, err
	}
	return country.Scaled(share), nil
}

// symptomShare returns the fraction of a service's expected reports that have
// the symptom.
func (b *Board) symptomShare(ctx context.Context, slug, symptom string, now time.Time) (float64, error) {
	all, err := b.Baselines.Of(ctx, slug, window.Cell{}, now)
	if err != nil {
		return 0, err
	}
	one, err := b.Baselines.Of(ctx, slug, window.Cell{Symptom: symptom}, now)
	if err != nil {
		return 0, err
	}
	if mean := all.Mean(now); mean > 0 {
		return min(1, one.Mean(now)/mean), nil
	}
	return 0, nil
}
