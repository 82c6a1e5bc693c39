package app

import (
	"context"

	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/baseline"
	"github.com/outcry/outcry/pkg/window"
)

// past takes the history that a live replay brings, and has everything that is
// usual learned anew.
type past struct {
	archive   *archive.Archive
	baselines *baseline.Set
}

func (p past) SaveRollups(ctx context.Context, rollups []window.Rollup, spans []window.Span) error {
	if err := p.archive.SaveRollups(ctx, rollups, spans); err != nil {
		return err
	}
	p.baselines.Reset()
	return nil
}
