package sqlitestore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"

	"github.com/outcry/outcry/pkg/archive"
)

// disk is the archive's writing connection with the statements of the store.
//
// They are prepared on, and run through, the driver's own connection: through
// database/sql a report would allocate four times as much. The connection is
// borrowed for one transaction at a time.
type disk struct {
	db    *sql.DB
	conn  any // the driver's connection that the statements belong to
	begun bool

	begin, commit, rollback   *statement
	addReport, dropReport     *statement
	findReport, addAnswer     *statement
	addVisits, addBeat        *statement
	internService, internCell *statement
	statements                []*statement
}

// transaction runs f, which begins one when it first writes, and commits. Any
// error says that nothing was written, or that nobody knows.
//
// The context bounds only the wait for the connection: a transaction is short,
// and half of one is worth nothing.
func (d *disk) transaction(ctx context.Context, f func() error) error {
	conn, err := d.db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("wait for the archive: %w", err)
	}
	var failed error
	err = conn.Raw(func(c any) error {
		if failed = d.run(c, f); failed != nil {
			failed = errors.Join(failed, d.finish(c))
			return driver.ErrBadConn // whatever state it is in, the next one starts afresh
		}
		return nil
	})
	if failed == nil {
		failed = err
	}
	return errors.Join(failed, ignoreDone(conn.Close()))
}

func (d *disk) run(conn any, f func() error) error {
	if err := d.prepare(conn); err != nil {
		return fmt.Errorf("prepare: %w", err)
	}
	d.begun = false
	err := f()
	if err == nil && d.begun {
		if _, err = d.commit.exec(); err == nil {
			return nil
		}
		err = fmt.Errorf("commit: %w", err)
	}
	if err != nil && d.begun {
		_, _ = d.rollback.exec() // fails where SQLite has rolled back already; the connection is given up anyway
	}
	return err
}

// write begins the transaction unless it has begun.
func (d *disk) write() error {
	if d.begun {
		return nil
	}
	if _, err := d.begin.exec(); err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	d.begun = true
	return nil
}

// prepare makes the statements ready on conn, unless they are.
func (d *disk) prepare(conn any) error {
	if d.conn == conn {
		return nil
	}
	if err := d.finish(conn); err != nil {
		return err
	}
	preparer, ok := conn.(driver.ConnPrepareContext)
	if !ok {
		return fmt.Errorf("the driver's %T cannot prepare", conn)
	}
	d.conn = conn
	for _, s := range []struct {
		to   **statement
		text string
	}{
		{&d.begin, `BEGIN IMMEDIATE`},
		{&d.commit, `COMMIT`},
		{&d.rollback, `ROLLBACK`},
		{&d.addReport, `INSERT INTO reports (day, service, id, cell, minute, received, address, device, network)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (day, service, id) DO NOTHING`},
		{&d.dropReport, `DELETE FROM reports WHERE day = ? AND service = ? AND id = ?`},
		{&d.findReport, `SELECT cell FROM reports WHERE day = ? AND service = ? AND id = ?`},
		{&d.addAnswer, `INSERT INTO answers (service, id, cell, status, received) VALUES (?, ?, ?, ?, ?)`},
		{&d.addVisits, `INSERT INTO visits (minute, cell, n) VALUES (?, ?, ?)
			ON CONFLICT (minute, cell) DO UPDATE SET n = n + excluded.n`},
		{&d.addBeat, `INSERT INTO beats (minute) VALUES (?) ON CONFLICT (minute) DO NOTHING`},
		{&d.internService, archive.InternService},
		{&d.internCell, archive.InternCell},
	} {
		p, err := prepare(preparer, s.text)
		if err != nil {
			return errors.Join(err, d.finish(conn))
		}
		*s.to = p
		d.statements = append(d.statements, p)
	}
	return nil
}

// finish ends the statements if they belong to conn. Those of another
// connection, which the pool has closed, ended with it and must not be touched.
func (d *disk) finish(conn any) error {
	var errs []error
	if d.conn == conn {
		for _, s := range d.statements {
			errs = append(errs, s.stmt.Close())
		}
	}
	d.statements, d.conn = nil, nil
	return errors.Join(errs...)
}

// close ends the statements, unless the archive was closed before.
func (d *disk) close() error {
	if d.conn == nil {
		return nil
	}
	conn, err := d.db.Conn(context.Background())
	if err != nil {
		return fmt.Errorf("close store: %w", err)
	}
	return errors.Join(conn.Raw(d.finish), conn.Close())
}

// ignoreDone drops the error of closing a connection that was given up.
func ignoreDone(err error) error {
	if errors.Is(err, sql.ErrConnDone) {
		return nil
	}
	return err
}
