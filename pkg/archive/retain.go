package archive

import (
	"context"
	"fmt"
	"time"

	"github.com/outcry/outcry/pkg/window"
)

const (
	// KeptEvents is how many events can be resumed from.
	KeptEvents = 10_000
	// retainBatch bounds the rows that one statement deletes.
	retainBatch = 1_000
)

// Retain drops raw reports and beats of before reportsBefore, except those
// that are not rolled up or that a window may still show, and all but the
// newest KeptEvents events. Postgres drops reports by whole UTC days.
func (a *Archive) Retain(ctx context.Context, reportsBefore time.Time) error {
	before, err := a.dispensable(ctx, minuteOf(reportsBefore))
	if err != nil {
		return err
	}
	if err := a.engine.dropReports(ctx, a, before); err != nil {
		return fmt.Errorf("drop old reports: %w", err)
	}
	if err := a.deleteInBatches(ctx, `DELETE FROM beats WHERE minute IN
		(SELECT minute FROM beats WHERE minute < ? ORDER BY minute LIMIT ?)`, before, retainBatch); err != nil {
		return fmt.Errorf("drop old beats: %w", err)
	}
	if err := a.deleteInBatches(ctx, `DELETE FROM events WHERE id IN
		(SELECT id FROM events WHERE id <= (SELECT MAX(id) FROM events) - ? ORDER BY id LIMIT ?)`, KeptEvents, retainBatch); err != nil {
		return fmt.Errorf("drop old events: %w", err)
	}
	return nil
}

// dispensable returns the first minute at or before the given one whose
// reports are still needed.
func (a *Archive) dispensable(ctx context.Context, before int64) (int64, error) {
	var newest *int64
	if err := a.reader.WithContext(ctx).Raw(`SELECT MAX(minute) FROM beats`).Scan(&newest).Error; err != nil {
		return 0, fmt.Errorf("find the last beat: %w", err)
	}
	if newest != nil {
		before = min(before, *newest-minutes(window.Retention))
	}
	open, ok, err := a.openQuarter(ctx, 0, before)
	if err != nil || !ok {
		return before, err
	}
	return open, nil
}

// deleteInBatches runs a statement, a short transaction each time, until it
// finds nothing more to delete.
func (a *Archive) deleteInBatches(ctx context.Context, statement string, args ...any) error {
	for {
		done := a.writer.WithContext(ctx).Exec(statement, args...)
		if done.Error != nil || done.RowsAffected == 0 {
			return done.Error
		}
	}
}
