package archive

import (
	"context"
	"fmt"
	"time"

	"github.com/outcry/outcry/pkg/window"
)

const (
	// KeptEvents is how many of the newest events Retain keeps, for readers that
	// resume.
	KeptEvents = 10_000
	// retainBatch bounds the rows that one statement deletes.
	retainBatch = 1_000
)

// Retain deletes what is no longer needed: the reports and beats of minutes
// before reportsBefore, except those that are not rolled up or that a window may
// still show, and all events but the newest KeptEvents. Postgres deletes reports
// by whole UTC days.
func (a *Archive) Retain(ctx context.Context, reportsBefore time.Time) error {
	before, err := a.firstNeeded(ctx, window.MinuteOf(reportsBefore))
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

// firstNeeded returns the first minute whose reports are still needed, or the
// given minute if that is earlier.
func (a *Archive) firstNeeded(ctx context.Context, before window.Minute) (window.Minute, error) {
	var newest *window.Minute
	if err := a.readDB.WithContext(ctx).Raw(`SELECT MAX(minute) FROM beats`).Scan(&newest).Error; err != nil {
		return 0, fmt.Errorf("find the last beat: %w", err)
	}
	if newest != nil {
		before = min(before, *newest-window.Minutes(window.Retention))
	}
	open, ok, err := a.openQuarter(ctx, 0, before)
	if err != nil || !ok {
		return before, err
	}
	return open, nil
}

// deleteInBatches runs a statement again and again, each time in a short
// transaction of its own, until it deletes nothing.
func (a *Archive) deleteInBatches(ctx context.Context, statement string, args ...any) error {
	for {
		done := a.writeDB.WithContext(ctx).Exec(statement, args...)
		if done.Error != nil || done.RowsAffected == 0 {
			return done.Error
		}
	}
}
