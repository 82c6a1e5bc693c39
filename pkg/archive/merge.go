package archive

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"gorm.io/gorm"
)

// merges are the grains that become coarser with age.
var merges = []struct {
	after    time.Duration
	from, to time.Duration
}{
	{35 * 24 * time.Hour, 15 * time.Minute, time.Hour},
	{365 * 24 * time.Hour, time.Hour, 24 * time.Hour},
}

// rollupWidths are the widths that rollups may have, in minutes.
func rollupWidths() []int64 {
	widths := []int64{quarter}
	for _, m := range merges {
		widths = append(widths, minutes(m.to))
	}
	return widths
}

// Merge adds quarters up to hours once they are older than 35 days, and hours
// up to UTC days after a year. Each wide stretch is one transaction.
func (a *Archive) Merge(ctx context.Context, now time.Time) error {
	for _, m := range merges {
		from, to := minutes(m.from), minutes(m.to)
		end := minuteOf(now.Add(-m.after)) / to * to
		var starts []int64
		err := a.reader.WithContext(ctx).Raw(`SELECT start / ? * ? AS wide FROM spans WHERE width = ? AND start < ?
			UNION SELECT start / ? * ? FROM rollups WHERE width = ? AND start < ? ORDER BY wide`,
			to, to, from, end, to, to, from, end).Scan(&starts).Error
		if err != nil {
			return fmt.Errorf("find rollups to merge: %w", err)
		}
		for _, start := range starts {
			if err := a.exclusively(ctx, func(tx *gorm.DB) error { return merge(tx, start, from, to) }); err != nil {
				return fmt.Errorf("merge rollups from %s: %w", minuteTime(start).Format(time.RFC3339), err)
			}
		}
	}
	return nil
}

// merge replaces the narrow rollups and spans of one wide stretch by their sum.
func merge(tx *gorm.DB, start, from, to int64) error {
	for _, statement := range []string{
		`INSERT INTO rollups (service, start, width, cell, n)
			SELECT service, @start, @to, cell, SUM(n) FROM rollups
			WHERE width = @from AND start >= @start AND start < @end GROUP BY service, cell
			ON CONFLICT (service, start, width, cell) DO UPDATE SET n = rollups.n + excluded.n`,
		`DELETE FROM rollups WHERE width = @from AND start >= @start AND start < @end`,
		`INSERT INTO spans (start, width, known)
			SELECT @start, @to, COALESCE(SUM(known), 0) FROM spans
			WHERE width = @from AND start >= @start AND start < @end
			ON CONFLICT (start, width) DO UPDATE SET known = spans.known + excluded.known`,
		`DELETE FROM spans WHERE width = @from AND start >= @start AND start < @end`,
	} {
		err := tx.Exec(statement, sql.Named("start", start), sql.Named("end", start+to), sql.Named("from", from), sql.Named("to", to)).Error
		if err != nil {
			return err
		}
	}
	return nil
}
