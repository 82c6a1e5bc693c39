package archive

import (
	"context"
	"database/sql"
	"fmt"

	"gorm.io/gorm"

	"github.com/outcry/outcry/pkg/window"
)

// setQuarter counts in the transaction that sets. Of several processes that roll
// up at once, one sets the quarter; the others find its span, or a wider one that
// it was merged into, and do nothing. A minute is known when counting worked in
// all partitions, since a span is for all services.
func (postgresEngine) setQuarter(ctx context.Context, a *Archive, start window.Minute) error {
	return a.exclusively(ctx, func(tx *gorm.DB) error {
		bounds := []any{
			sql.Named("start", start), sql.Named("width", quarter), sql.Named("end", start+quarter), sql.Named("partitions", window.Partitions),
		}
		span := tx.Exec(`INSERT INTO spans (start, width, known)
			SELECT @start, @width, COUNT(*) FROM
				(SELECT minute FROM beats WHERE minute >= @start AND minute < @end
					GROUP BY minute HAVING COUNT(*) = @partitions) AS known
			HAVING NOT EXISTS (SELECT FROM spans WHERE start <= @start AND start + width > @start)`, bounds...)
		if span.Error != nil || span.RowsAffected == 0 {
			return span.Error
		}
		err := tx.Exec(`INSERT INTO rollups (service, start, width, cell, n)
			SELECT c.service, @start, @width, r.cell, r.n FROM
				(SELECT cell, COUNT(*) AS n FROM reports WHERE minute >= @start AND minute < @end AND exclusion IS NULL GROUP BY cell) AS r
				JOIN cells c ON c.id = r.cell
			ON CONFLICT (service, start, width, cell) DO UPDATE SET n = excluded.n, aside = 0`, bounds...).Error
		if err != nil {
			return err
		}
		aside, err := a.aside(tx, start, start+quarter)
		if err != nil {
			return err
		}
		for cell, n := range aside {
			err := tx.Exec(`UPDATE rollups SET aside = ? WHERE cell = ? AND start = ? AND width = ?`, n, cell, start, quarter).Error
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// writeRollups sets all rollups in one statement. Of several for one cell and
// interval it sets the last.
func (postgresEngine) writeRollups(tx *gorm.DB, rollups []window.Rollup) error {
	ctx := tx.Statement.Context
	driverTx, ok := tx.Statement.ConnPool.(*sql.Tx)
	if !ok {
		return fmt.Errorf("a transaction on %T", tx.Statement.ConnPool)
	}
	cells := make([]cell, len(rollups))
	for i, r := range rollups {
		cells[i] = cell{r.Service, r.Kind, r.Country, r.Symptom}
	}
	ids, err := internCells(ctx, driverTx, cells)
	if err != nil {
		return err
	}
	var services, starts, widths, cellColumn, counts, aside []int64
	for i, r := range rollups {
		of := ids[cells[i]]
		services, cellColumn = append(services, of.service), append(cellColumn, of.cell)
		starts, widths = append(starts, int64(window.MinuteOf(r.Start))), append(widths, int64(window.Minutes(r.Width)))
		counts, aside = append(counts, r.N), append(aside, r.Aside)
	}
	_, err = driverTx.ExecContext(ctx, `INSERT INTO rollups (service, start, width, cell, n, aside)
		SELECT DISTINCT ON (service, start, width, cell) service, start, width, cell, n, aside
		FROM unnest($1::bigint[], $2::int[], $3::int[], $4::bigint[], $5::bigint[], $6::bigint[])
			WITH ORDINALITY AS r (service, start, width, cell, n, aside, place)
		ORDER BY service, start, width, cell, place DESC
		ON CONFLICT (service, start, width, cell) DO UPDATE SET n = excluded.n, aside = excluded.aside`,
		services, starts, widths, cellColumn, counts, aside)
	return err
}
