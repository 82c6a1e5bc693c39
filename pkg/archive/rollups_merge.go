package archive

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/outcry/outcry/pkg/window"
)

// merges are the widths of rollups that are merged into wider ones with age.
var merges = []struct {
	after    time.Duration
	from, to time.Duration
}{
	{35 * 24 * time.Hour, window.RollupWidth, time.Hour},
	{365 * 24 * time.Hour, time.Hour, 24 * time.Hour},
}

// rollupWidths returns the widths that rollups may have.
func rollupWidths() []window.Minute {
	widths := []window.Minute{quarter}
	for _, m := range merges {
		widths = append(widths, window.Minutes(m.to))
	}
	return widths
}

// Merge adds quarters up to hours once they are older than 35 days, and hours
// up to UTC days after a year. It runs one transaction for each hour or day.
func (a *Archive) Merge(ctx context.Context, now time.Time) error {
	for _, m := range merges {
		from, to := window.Minutes(m.from), window.Minutes(m.to)
		end := window.MinuteOf(now.Add(-m.after)) / to * to
		var starts []window.Minute
		err := a.readDB.WithContext(ctx).Raw(`SELECT start / ? * ? AS wide FROM spans WHERE width = ? AND start < ?
			UNION SELECT start / ? * ? FROM rollups WHERE width = ? AND start < ? ORDER BY wide`,
			to, to, from, end, to, to, from, end).Scan(&starts).Error
		if err != nil {
			return fmt.Errorf("find rollups to merge: %w", err)
		}
		for _, start := range starts {
			if err := a.exclusively(ctx, func(tx *gorm.DB) error { return mergeInto(tx, start, from, to) }); err != nil {
				return fmt.Errorf("merge rollups from %s: %w", start.Start().Format(time.RFC3339), err)
			}
		}
	}
	return nil
}

// mergeInto replaces the rollups and spans of width from that start within the
// interval of width to at start by one of that interval, which holds their sums.
func mergeInto(tx *gorm.DB, start, from, to window.Minute) error {
	for _, statement := range []string{
		`INSERT INTO rollups (service, start, width, cell, n, aside)
			SELECT service, @start, @to, cell, SUM(n), SUM(aside) FROM rollups
			WHERE width = @from AND start >= @start AND start < @end GROUP BY service, cell
			ON CONFLICT (service, start, width, cell) DO UPDATE SET n = rollups.n + excluded.n, aside = rollups.aside + excluded.aside`,
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
