package archive

import (
	"context"
	"database/sql"
	"fmt"

	"gorm.io/gorm"

	"github.com/outcry/outcry/pkg/window"
)

// setQuarter counts and sets in one statement. Of several processes that roll
// up at the same time one does; the others find its span, or the wider one that
// it was merged into. A minute is known when every partition could count in
// it: a span is of all services.
func (postgresEngine) setQuarter(ctx context.Context, a *Archive, start int64) error {
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
		return tx.Exec(`INSERT INTO rollups (service, start, width, cell, n)
			SELECT c.service, @start, @width, r.cell, r.n FROM
				(SELECT cell, COUNT(*) AS n FROM reports WHERE minute >= @start AND minute < @end GROUP BY cell) AS r
				JOIN cells c ON c.id = r.cell
			ON CONFLICT (service, start, width, cell) DO UPDATE SET n = excluded.n`, bounds...).Error
	})
}

// writeRollups sets all in one statement, the last of each where there are
// several.
func (postgresEngine) writeRollups(tx *gorm.DB, rollups []window.Rollup) error {
	ctx := tx.Statement.Context
	conn, ok := tx.Statement.ConnPool.(*sql.Tx)
	if !ok {
		return fmt.Errorf("a transaction on %T", tx.Statement.ConnPool)
	}
	cells := make([]cell, len(rollups))
	for i, r := range rollups {
		cells[i] = cell{r.Service, r.Kind, r.Country, r.Symptom}
	}
	numbers, err := numberCells(ctx, conn, cells)
	if err != nil {
		return err
	}
	var services, starts, widths, ids, counts []int64
	for i, r := range rollups {
		n := numbers[cells[i]]
		services, ids = append(services, n.service), append(ids, n.cell)
		starts, widths = append(starts, minuteOf(r.Start)), append(widths, minutes(r.Width))
		counts = append(counts, r.N)
	}
	_, err = conn.ExecContext(ctx, `INSERT INTO rollups (service, start, width, cell, n)
		SELECT DISTINCT ON (service, start, width, cell) service, start, width, cell, n
		FROM unnest($1::bigint[], $2::int[], $3::int[], $4::bigint[], $5::bigint[])
			WITH ORDINALITY AS r (service, start, width, cell, n, place)
		ORDER BY service, start, width, cell, place DESC
		ON CONFLICT (service, start, width, cell) DO UPDATE SET n = excluded.n`, services, starts, widths, ids, counts)
	return err
}
