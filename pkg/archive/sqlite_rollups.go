package archive

import (
	"context"
	"database/sql"
	"fmt"

	"gorm.io/gorm"

	"github.com/outcry/outcry/pkg/window"
)

// setQuarter counts the reports of a quarter before its transaction begins, so
// that other writers wait less. Reports of a quarter that is final do not change.
func (sqliteEngine) setQuarter(ctx context.Context, a *Archive, start window.Minute) error {
	end := start + quarter
	var counts []struct{ Service, Cell, N int64 }
	err := a.readDB.WithContext(ctx).Raw(`SELECT c.service, r.cell, r.n FROM
		(SELECT cell, COUNT(*) AS n FROM reports WHERE minute >= ? AND minute < ? AND exclusion IS NULL GROUP BY cell) AS r
		JOIN cells c ON c.id = r.cell`, start, end).Scan(&counts).Error
	if err != nil {
		return fmt.Errorf("count reports: %w", err)
	}
	aside, err := a.aside(a.readDB.WithContext(ctx), start, end)
	if err != nil {
		return err
	}
	return a.exclusively(ctx, func(tx *gorm.DB) error {
		for _, c := range counts {
			if err := tx.Exec(sqliteSetRollup, c.Service, start, quarter, c.Cell, c.N, aside[c.Cell]).Error; err != nil {
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
	driverTx, ok := tx.Statement.ConnPool.(*sql.Tx)
	if !ok {
		return fmt.Errorf("a transaction on %T", tx.Statement.ConnPool)
	}
	set, err := driverTx.PrepareContext(ctx, sqliteSetRollup)
	if err != nil {
		return err
	}
	defer set.Close()
	dictionary := newSQLiteDictionary(driverTx)
	for _, r := range rollups {
		ids, err := dictionary.intern(ctx, cell{r.Service, r.Kind, r.Country, r.Symptom})
		if err != nil {
			return err
		}
		if _, err := set.ExecContext(ctx, ids.service, window.MinuteOf(r.Start), window.Minutes(r.Width), ids.cell, r.N, r.Aside); err != nil {
			return err
		}
	}
	return nil
}

// dropReports deletes in batches, so that counting never waits for long.
func (sqliteEngine) dropReports(ctx context.Context, a *Archive, before window.Minute) error {
	return a.deleteInBatches(ctx, `DELETE FROM reports WHERE seq IN
		(SELECT seq FROM reports WHERE minute < ? ORDER BY minute LIMIT ?)`, before, retainBatch)
}
