package archive

import (
	"context"
	"fmt"
	"time"

	"github.com/outcry/outcry/pkg/report"
)

// Problems returns how many problems the rollups of all services hold that start
// in [from, to). Naming the widths lets an index find the span: rollups are kept
// for ever.
func (a *Archive) Problems(ctx context.Context, from, to time.Time) (int64, error) {
	var n int64
	err := a.reader.WithContext(ctx).Raw(`SELECT COALESCE(SUM(r.n), 0) FROM rollups r JOIN cells c ON c.id = r.cell
		WHERE c.kind = ? AND r.width IN ? AND r.start >= ? AND r.start < ?`,
		report.Problem, rollupWidths(), minuteFrom(from), minuteFrom(to)).Scan(&n).Error
	if err != nil {
		return 0, fmt.Errorf("count the problems from %s on: %w", from.Format(time.DateOnly), err)
	}
	return n, nil
}

// Reports returns how many reports of minutes in [from, to) are archived.
func (a *Archive) Reports(ctx context.Context, from, to time.Time) (n int64, err error) {
	err = a.reader.WithContext(ctx).Raw("SELECT COUNT(*) FROM reports WHERE minute >= ? AND minute < ?", minuteFrom(from), minuteFrom(to)).Scan(&n).Error
	if err != nil {
		return 0, fmt.Errorf("count the reports from %s on: %w", from.Format(time.DateOnly), err)
	}
	return n, nil
}
