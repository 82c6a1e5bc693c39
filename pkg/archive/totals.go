package archive

import (
	"context"
	"fmt"
	"time"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// Problems returns the number of problems of all services, from the rollups that
// start in [from, to).
func (a *Archive) Problems(ctx context.Context, from, to time.Time) (int64, error) {
	var n int64
	// Rollups are never deleted, and an index finds those of a time by their width.
	err := a.readDB.WithContext(ctx).Raw(`SELECT COALESCE(SUM(r.n), 0) FROM rollups r JOIN cells c ON c.id = r.cell
		WHERE c.kind = ? AND r.width IN ? AND r.start >= ? AND r.start < ?`,
		report.Problem, rollupWidths(), window.FirstMinute(from), window.FirstMinute(to)).Scan(&n).Error
	if err != nil {
		return 0, fmt.Errorf("count the problems from %s on: %w", from.Format(time.DateOnly), err)
	}
	return n, nil
}

// Reports returns the number of archived reports of minutes in [from, to).
func (a *Archive) Reports(ctx context.Context, from, to time.Time) (n int64, err error) {
	err = a.readDB.WithContext(ctx).Raw("SELECT COUNT(*) FROM reports WHERE minute >= ? AND minute < ?", window.FirstMinute(from), window.FirstMinute(to)).Scan(&n).Error
	if err != nil {
		return 0, fmt.Errorf("count the reports from %s on: %w", from.Format(time.DateOnly), err)
	}
	return n, nil
}
