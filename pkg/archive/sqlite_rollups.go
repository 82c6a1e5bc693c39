package archive

import (
	"context"
	"database/sql"
	"fmt"

	"gorm.io/gorm"

	"github.com/outcry/outcry/pkg/window"
)

const setRollup = `INSERT INTO rollups (service, start, width, cell, n) VALUES (?, ?, ?, ?, ?)
	ON CONFLICT (service, start, width, cell) DO UPDATE SET n = excluded.n`

// setQuarter counts the reports of a quarter before the writer is asked to
// wait: they no longer change.
func (sqliteEngine) setQuarter(ctx context.Context, a *Archive, start int64) error {
	end := start + quarter
	var counts []struct{ Service, Cell, N int64 }
	err := a.reader.WithContext(ctx).Raw(`SELECT c.service, r.cell, r.n FROM
		(SELECT cell, COUNT(*) AS n FROM reports WHERE minute >= ? AND minute < ? GROUP BY cell) AS r
		JOIN cells c ON c.id = r.cell`, start, end).Scan(&counts).Error
	if err != nil {
		return fmt.Errorf("count reports: %w", err)
	}
	return a.exclusively(ctx, func(tx *gorm.DB) error {
		for _, c := range counts {
			if err := tx.Exec(setRollup, c.Service, start, quarter, c.Cell, c.N).Error; err != nil {
				return err
			}
		}
		return tx.Exec(`INSERT INTO spans (start, width, known)
			SELECT ?, ?, COUNT(*) FROM beats WHERE minute >= ? AND minute < ?`, start, quarter, start, end).Error
	})
}

// writeRollups prepares its statement on the driver's connection: through GORM
// a row takes several times as long.
func (sqliteEngine) writeRollups(tx *gorm.DB, rollups []window.Rollup) error {
	ctx := tx.Statement.Context
	raw, ok := tx.Statement.ConnPool.(*sql.Tx)
	if !ok {
		return fmt.Errorf("a transaction on %T", tx.Statement.ConnPool)
	}
	set, err := raw.PrepareContext(ctx, setRollup)
	if err != nil {
		return err
	}
	defer set.Close()
	names := newDictionary(raw)
	for _, r := range rollups {
		n, err := names.number(ctx, cell{r.Service, r.Kind, r.Country, r.Symptom})
		if err != nil {
			return err
		}
		if _, err := set.ExecContext(ctx, n.service, minuteOf(r.Start), minutes(r.Width), n.cell, r.N); err != nil {
			return err
		}
	}
	return nil
}

// dropReports deletes in batches, so that counting never waits for long.
func (sqliteEngine) dropReports(ctx context.Context, a *Archive, before int64) error {
	return a.deleteInBatches(ctx, `DELETE FROM reports WHERE seq IN
		(SELECT seq FROM reports WHERE minute < ? ORDER BY minute LIMIT ?)`, before, retainBatch)
}
