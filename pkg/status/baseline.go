package status

import (
	"context"
	"time"

	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/window"
)

// usual returns what a cell of a service usually counts. Baselines are learned
// for services, countries and symptoms; a symptom in one country has the
// country's, scaled to the symptom's usual share.
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

// usualShare is the part of a service's reports that a symptom usually has.
func (b *Board) symptomShare(ctx context.Context, slug, symptom string, now time.Time) (float64, error) {
	all, err := b.Baselines.Of(ctx, slug, window.Cell{}, now)
	if err != nil {
		return 0, err
	}
	one, err := b.Baselines.Of(ctx, slug, window.Cell{Symptom: symptom}, now)
	if err != nil {
		return 0, err
	}
	if m := all.Mean(now); m > 0 {
		return min(1, one.Mean(now)/m), nil
	}
	return 0, nil
}
