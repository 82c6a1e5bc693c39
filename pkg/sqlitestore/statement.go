package sqlitestore

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
)

// statement is a prepared statement of the driver, and its values.
type statement struct {
	stmt driver.Stmt
	args []driver.NamedValue
}

// prepare prepares a statement on the driver's connection.
func prepare(p driver.ConnPrepareContext, text string) (*statement, error) {
	stmt, err := p.PrepareContext(context.Background(), text)
	if err != nil {
		return nil, err
	}
	if _, ok := stmt.(driver.StmtExecContext); !ok {
		return nil, fmt.Errorf("the driver's %T cannot execute", stmt)
	}
	if _, ok := stmt.(driver.StmtQueryContext); !ok {
		return nil, fmt.Errorf("the driver's %T cannot query", stmt)
	}
	return &statement{stmt: stmt}, nil
}

// bind sets the values, which are int64, string or []byte.
func (s *statement) bind(values []driver.Value) {
	for len(s.args) < len(values) {
		s.args = append(s.args, driver.NamedValue{Ordinal: len(s.args) + 1})
	}
	for i, v := range values {
		s.args[i].Value = v
	}
}

// exec runs s and returns how many rows it changed.
func (s *statement) exec(values ...driver.Value) (changed int64, err error) {
	s.bind(values)
	result, err := s.stmt.(driver.StmtExecContext).ExecContext(context.Background(), s.args)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// queryInt runs s and returns the integer in its only row.
func (s *statement) queryInt(values ...driver.Value) (n int64, err error) {
	s.bind(values)
	rows, err := s.stmt.(driver.StmtQueryContext).QueryContext(context.Background(), s.args)
	if err != nil {
		return 0, err
	}
	row := make([]driver.Value, 1)
	if err = rows.Next(row); err == nil {
		if nextErr := rows.Next(make([]driver.Value, 1)); !errors.Is(nextErr, io.EOF) {
			err = errors.Join(errors.New("there is more than one row"), nextErr)
		}
	}
	if closeErr := rows.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return 0, err
	}
	n, ok := row[0].(int64)
	if !ok {
		return 0, fmt.Errorf("%T instead of an integer", row[0])
	}
	return n, nil
}
