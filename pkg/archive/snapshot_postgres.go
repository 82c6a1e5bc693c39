package archive

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/outcry/outcry/pkg/window"
)

// postgresTables lists all columns, as tablesOf reads them.
const postgresTables = `SELECT c.relname, a.attname, format_type(a.atttypid, NULL) FROM pg_class c
	JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = current_schema()
	JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
	WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY c.relname, a.attnum`

// beginSnapshot begins a transaction whose reads all see the state of one moment.
func (postgresEngine) beginSnapshot(ctx context.Context, _ *Archive, s *Snapshot) (err error) {
	if _, err := s.conn.ExecContext(ctx, `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY`); err != nil {
		return err
	}
	var moment int64
	if err := s.conn.QueryRowContext(ctx, `SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint`).Scan(&moment); err != nil {
		return err
	}
	s.Moment = time.UnixMilli(moment).UTC()
	s.Tables, err = tablesOf(ctx, s.conn, postgresTables, postgresKind)
	if err != nil {
		return err
	}
	s.choose = choosePostgres
	rows, err := s.conn.QueryContext(ctx, `SELECT c.relname, coalesce(pg_sequence_last_value(s.oid), 0) FROM pg_class s
		JOIN pg_depend d ON d.objid = s.oid AND d.deptype = 'i' JOIN pg_class c ON c.oid = d.refobjid
		JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = current_schema() WHERE s.relkind = 'S'`)
	if err != nil {
		return err
	}
	s.Sequences, err = numbersByName(rows)
	return err
}

// choosePostgres returns the statement that reads a table.
func choosePostgres(t Table) string {
	switch t.Name {
	case beatsTable.Name:
		return fmt.Sprintf(`SELECT minute, %[1]d FROM beats GROUP BY minute HAVING COUNT(*) = %[2]d
			UNION ALL SELECT minute, partition FROM beats WHERE minute IN (SELECT minute FROM beats GROUP BY minute HAVING COUNT(*) < %[2]d)`,
			everyPartition, window.Partitions)
	case "reports":
		// The order in which they arrived, day by day.
		return `SELECT ` + strings.Replace(t.quoted(), `"id"`, `uuid_send("id")`, 1) + ` FROM reports ORDER BY day, received`
	}
	return `SELECT ` + t.quoted() + ` FROM ` + t.Name
}

// postgresKind returns the kind of columns of a type.
func postgresKind(declared string) (Kind, bool) {
	switch declared {
	case "bigint", "integer", "smallint":
		return Int, true
	case "text":
		return Text, true
	case "bytea", "uuid":
		return Blob, true
	}
	return "", false
}
