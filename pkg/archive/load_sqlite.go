package archive

import (
	"context"
	"fmt"
	"strings"
)

// load writes rows in one transaction, with the frame that they are of.
func (sqliteEngine) load(ctx context.Context, l *Load, frame int, t Table, rows [][]any) error {
	tx, err := l.pool.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // it has been committed, or its error is returned
	columns := t
	if t.Name == beatsTable.Name {
		columns.Columns = t.Columns[:1]
	}
	stmt, err := tx.PrepareContext(ctx, fmt.Sprintf(`INSERT INTO %s (%s) VALUES (?%s)`, t.Name, columns.quoted(), strings.Repeat(", ?", len(columns.Columns)-1)))
	if err != nil {
		return err
	}
	defer stmt.Close()
	for _, row := range rows {
		if _, err := stmt.ExecContext(ctx, row[:len(columns.Columns)]...); err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, noteFrame, frame, l.file); err != nil {
		return err
	}
	return tx.Commit()
}

// Accepts reports whether a row of a table has a place here. The embedded mode knows
// no minute that is known of some partitions only.
func (l *Load) Accepts(t Table, row []any) bool {
	return t.Name != beatsTable.Name || l.archive.files == nil || row[1] == int64(everyPartition)
}

func (sqliteEngine) setSequences(ctx context.Context, l *Load, sequences map[string]int64) error {
	for table, last := range sequences {
		// Only the tables that have a sequence in SQLite too have a row to change, or
		// need one.
		_, err := l.pool.ExecContext(ctx, `UPDATE sqlite_sequence SET seq = max(seq, $1) WHERE name = $2`, last, table)
		if err == nil {
			_, err = l.pool.ExecContext(ctx, `INSERT INTO sqlite_sequence (name, seq) SELECT $2, $1
				WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = $2)
				AND EXISTS (SELECT 1 FROM sqlite_master WHERE name = $2 AND sql LIKE '%AUTOINCREMENT%')`, last, table)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
