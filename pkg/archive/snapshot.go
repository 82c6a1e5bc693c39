package archive

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Snapshot is the state of an archive at one moment. It blocks no writer. Close it.
type Snapshot struct {
	// Moment is when the state was read: what was committed before is in it, what is
	// committed later is not.
	Moment time.Time
	Tables []Table
	// Sequences are the last numbers that tables gave to their rows, by table.
	Sequences map[string]int64

	conn   *sql.Conn
	end    string // statement that ends the transaction
	choose func(Table) string
}

// Snapshot returns the state of the archive now.
func (a *Archive) Snapshot(ctx context.Context) (*Snapshot, error) {
	pool, err := a.readDB.DB()
	if err != nil {
		return nil, err
	}
	conn, err := pool.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the archive at one moment: %w", err)
	}
	s := &Snapshot{conn: conn, end: "ROLLBACK"}
	if err := a.engine.beginSnapshot(ctx, a, s); err != nil {
		return nil, fmt.Errorf("read the archive at one moment: %w", errors.Join(err, s.Close()))
	}
	return s, nil
}

// numbersByName reads rows of a name and a number, and closes them.
func numbersByName(rows *sql.Rows) (map[string]int64, error) {
	defer rows.Close()
	numbers := map[string]int64{}
	for rows.Next() {
		var name string
		var n int64
		if err := rows.Scan(&name, &n); err != nil {
			return nil, err
		}
		numbers[name] = n
	}
	return numbers, rows.Err()
}

// Close ends the snapshot.
func (s *Snapshot) Close() error {
	_, err := s.conn.ExecContext(context.Background(), s.end)
	return errors.Join(err, s.conn.Close())
}

// EachRow calls f with each row of a table. The values are int64, string, []byte or
// nil, and valid until f returns.
func (s *Snapshot) EachRow(ctx context.Context, t Table, f func(values []any) error) error {
	rows, err := s.conn.QueryContext(ctx, s.choose(t))
	if err != nil {
		return fmt.Errorf("read %s: %w", t.Name, err)
	}
	defer rows.Close()
	r := newRow(t)
	for rows.Next() {
		if err := rows.Scan(r.targets...); err != nil {
			return fmt.Errorf("read %s: %w", t.Name, err)
		}
		if err := f(r.read()); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read %s: %w", t.Name, err)
	}
	return nil
}

// row holds the values of one row while it is read.
type row struct {
	targets, values []any
}

func newRow(t Table) *row {
	r := &row{values: make([]any, len(t.Columns))}
	for _, c := range t.Columns {
		switch c.Kind {
		case Int:
			r.targets = append(r.targets, &sql.NullInt64{})
		case Text:
			r.targets = append(r.targets, &sql.NullString{})
		default:
			r.targets = append(r.targets, &sql.RawBytes{})
		}
	}
	return r
}

// read returns the values that were scanned last.
func (r *row) read() []any {
	for i, target := range r.targets {
		r.values[i] = nil
		switch v := target.(type) {
		case *sql.NullInt64:
			if v.Valid {
				r.values[i] = v.Int64
			}
		case *sql.NullString:
			if v.Valid {
				r.values[i] = v.String
			}
		case *sql.RawBytes:
			if *v != nil {
				r.values[i] = []byte(*v)
			}
		}
	}
	return r.values
}

// quoted returns the names of the columns of a table for a statement.
func (t Table) quoted() string {
	names := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i] = `"` + c.Name + `"`
	}
	return strings.Join(names, ", ")
}
