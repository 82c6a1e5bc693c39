package archive

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/outcry/outcry/pkg/window"
)

// load copies rows in one transaction, with the frame that they are of.
func (postgresEngine) load(ctx context.Context, l *Load, frame int, t Table, rows [][]any) error {
	names := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i] = c.Name
	}
	switch t.Name {
	case beatsTable.Name:
		rows = eachPartition(rows)
	case "reports":
		names = append(names, "epoch")
		var err error
		if rows, err = l.archive.reportsOf(ctx, t, rows); err != nil {
			return err
		}
	}
	conn, err := l.pool.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return conn.Raw(func(driverConn any) error {
		native, ok := driverConn.(*stdlib.Conn)
		if !ok {
			return fmt.Errorf("the driver's %T cannot copy", driverConn)
		}
		return pgx.BeginFunc(ctx, native.Conn(), func(tx pgx.Tx) error {
			if _, err := tx.CopyFrom(ctx, pgx.Identifier{t.Name}, names, pgx.CopyFromRows(rows)); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, noteFrame, frame, l.file)
			return err
		})
	})
}

// eachPartition returns beats with a row for each partition.
func eachPartition(beats [][]any) [][]any {
	var rows [][]any
	for _, b := range beats {
		if b[1] != int64(everyPartition) {
			rows = append(rows, b)
			continue
		}
		for p := range int64(window.Partitions) {
			rows = append(rows, []any{b[0], p})
		}
	}
	return rows
}

// reportsOf returns reports as Postgres has them, and makes the partitions of their
// days. Their epoch is 0, which no windows have: a Redis that does not hold them
// takes them from here.
func (a *Archive) reportsOf(ctx context.Context, t Table, rows [][]any) ([][]any, error) {
	days := map[int64]bool{}
	made := make([][]any, len(rows))
	for i, row := range rows {
		made[i] = append(append(make([]any, 0, len(row)+1), row...), int64(0))
		for k, c := range t.Columns {
			switch v := row[k].(type) {
			case int64:
				if c.Name == "day" {
					days[v] = true
				}
			case []byte:
				if c.Name == "id" && len(v) == 16 {
					made[i][k] = [16]byte(v)
				}
			}
		}
	}
	return made, newPostgres(a).makeDays(ctx, days)
}

func (postgresEngine) setSequences(ctx context.Context, l *Load, sequences map[string]int64) error {
	rows, err := l.pool.QueryContext(ctx, `SELECT c.relname, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
		JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = current_schema()
		WHERE a.attidentity <> '' AND NOT c.relispartition`)
	if err != nil {
		return err
	}
	defer rows.Close()
	columns := map[string]string{}
	for rows.Next() {
		var table, column string
		if err := rows.Scan(&table, &column); err != nil {
			return err
		}
		columns[table] = column
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for table, column := range columns {
		_, err := l.pool.ExecContext(ctx, fmt.Sprintf(`SELECT setval(pg_get_serial_sequence('%[1]s', '%[2]s'),
			greatest((SELECT coalesce(max("%[2]s"), 0) FROM %[1]s), $1::bigint, 1))`, table, column), sequences[table])
		if err != nil {
			return fmt.Errorf("%s: %w", table, err)
		}
	}
	return nil
}
