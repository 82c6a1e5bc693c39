package archive

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// sqliteTables lists all columns, as tablesOf reads them.
const sqliteTables = `SELECT m.name, c.name, c.type FROM sqlite_master m, pragma_table_info(m.name) c
	WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY m.name, c.cid`

// beginSnapshot begins a transaction that reads, while no writer can commit. So
// every report that was answered as counted before the moment is in it, and none
// that arrived later.
func (sqliteEngine) beginSnapshot(ctx context.Context, a *Archive, s *Snapshot) (err error) {
	writers, err := a.writeDB.DB()
	if err != nil {
		return err
	}
	writer, err := writers.BeginTx(ctx, nil) // immediate, see openSQLitePools
	if err != nil {
		return fmt.Errorf("wait for writers: %w", err)
	}
	defer func() { err = errors.Join(err, writer.Rollback()) }()
	if _, err := s.conn.ExecContext(ctx, "BEGIN"); err != nil {
		return err
	}
	s.Tables, err = tablesOf(ctx, s.conn, sqliteTables, sqliteKind)
	if err != nil {
		return err
	}
	s.Moment = time.Now().UTC()
	s.choose = func(t Table) string {
		switch t.Name {
		case beatsTable.Name:
			return fmt.Sprintf(`SELECT minute, %d FROM beats`, everyPartition)
		case "reports":
			return `SELECT ` + t.quoted() + ` FROM reports ORDER BY seq`
		}
		return `SELECT ` + t.quoted() + ` FROM ` + t.Name
	}
	rows, err := s.conn.QueryContext(ctx, `SELECT name, seq FROM sqlite_sequence`)
	if err != nil {
		return err
	}
	s.Sequences, err = numbersByName(rows)
	return err
}

// sqliteKind returns the kind of columns that are declared with a type.
func sqliteKind(declared string) (Kind, bool) {
	switch strings.ToUpper(declared) {
	case "INTEGER", "BIGINT":
		return Int, true
	case "TEXT":
		return Text, true
	case "BLOB":
		return Blob, true
	}
	return "", false
}
