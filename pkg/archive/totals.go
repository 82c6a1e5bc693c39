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

// CountProblems returns the problems of a service by cell in the minutes of
// [from, to), from single reports, without what operators excluded. Those that are older than the retention are
// missing: use rollups for a longer time.
func (a *Archive) CountProblems(ctx context.Context, service string, from, to time.Time) (map[window.Cell]int64, error) {
	first, end := window.FirstMinute(from), window.FirstMinute(to)
	var rows []struct {
		Country, Symptom string
		N                int64
	}
	err := a.readDB.WithContext(ctx).Raw(`SELECT c.country, c.symptom, COUNT(*) AS n FROM reports r JOIN cells c ON c.id = r.cell
		WHERE r.service = (SELECT id FROM services WHERE slug = ?) AND r.day >= ? AND r.day <= ? AND r.minute >= ? AND r.minute < ?
		AND r.exclusion IS NULL AND c.kind = ? GROUP BY c.country, c.symptom`,
		service, first.Day(), end.Day(), first, end, report.Problem).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("count the problems of %s: %w", service, err)
	}
	counts := make(map[window.Cell]int64, len(rows))
	for _, r := range rows {
		counts[window.Cell{Country: r.Country, Symptom: r.Symptom}] = r.N
	}
	return counts, nil
}
