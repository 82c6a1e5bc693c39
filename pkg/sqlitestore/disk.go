package sqlitestore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"

	"github.com/outcry/outcry/pkg/archive"
)

// disk writes to the archive, one transaction at a time, for which it borrows the
// archive's writing connection.
//
// Its statements are prepared and run on the driver's own connection: through
// database/sql a report would allocate four times as much.
type disk struct {
	db    *sql.DB
	conn  any  // the driver's connection that the statements are prepared on
	begun bool // the transaction that runs, or the last one, has begun

	beginStmt, commitStmt, rollbackStmt *statement
	addReport, deleteReport             *statement
	findReportCell, addAnswer           *statement
	addVisits, addBeat, addClaim        *statement
	internService, internCell           *statement
	statements                          []*statement // all of them
}

// transaction runs f, which calls begin before it writes, and commits. After an
// error either nothing was written or it is unknown how much.
//
// ctx bounds only the wait for the connection: a transaction is short, and half
// of one is useless.
func (d *disk) transaction(ctx context.Context, f func() error) error {
	conn, err := d.db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("wait for the archive: %w", err)
	}
	var runErr error
	rawErr := conn.Raw(func(c any) error {
		if runErr = d.run(c, f); runErr != nil {
			runErr = errors.Join(runErr, d.closeStatements(c))
			return driver.ErrBadConn // its state is unknown; the next transaction gets a new connection
		}
		return nil
	})
	if runErr == nil {
		runErr = rawErr
	}
	return errors.Join(runErr, ignoreDone(conn.Close()))
}

// run runs f in a transaction on the driver's connection conn.
func (d *disk) run(conn any, f func() error) error {
	if err := d.prepare(conn); err != nil {
		return fmt.Errorf("prepare: %w", err)
	}
	d.begun = false
	err := f()
	if err == nil && d.begun {
		if _, err = d.commitStmt.exec(); err == nil {
			return nil
		}
		err = fmt.Errorf("commit: %w", err)
	}
	if err != nil && d.begun {
		_, _ = d.rollbackStmt.exec() // it fails if SQLite has rolled back already; the connection is closed anyway
	}
	return err
}

// begin begins the transaction unless it has begun. Call it before each write.
func (d *disk) begin() error {
	if d.begun {
		return nil
	}
	if _, err := d.beginStmt.exec(); err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	d.begun = true
	return nil
}

// prepare prepares the statements on conn, unless they are.
func (d *disk) prepare(conn any) error {
	if d.conn == conn {
		return nil
	}
	if err := d.closeStatements(conn); err != nil {
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
		{&d.beginStmt, `BEGIN IMMEDIATE`},
		{&d.commitStmt, `COMMIT`},
		{&d.rollbackStmt, `ROLLBACK`},
		{&d.addReport, archive.SQLiteAddReport},
		{&d.deleteReport, archive.SQLiteDeleteReport},
		{&d.findReportCell, archive.SQLiteFindReportCell},
		{&d.addAnswer, archive.SQLiteAddAnswer},
		{&d.addVisits, archive.SQLiteAddVisits},
		{&d.addBeat, archive.SQLiteAddBeat},
		{&d.addClaim, archive.SQLiteAddClaim},
		{&d.internService, archive.SQLiteInternService},
		{&d.internCell, archive.SQLiteInternCell},
	} {
		p, err := prepare(preparer, s.text)
		if err != nil {
			return errors.Join(err, d.closeStatements(conn))
		}
		*s.to = p
		d.statements = append(d.statements, p)
	}
	return nil
}

// closeStatements closes the statements if they are prepared on conn. Those of
// another connection ended when the pool closed it, and must not be used.
func (d *disk) closeStatements(conn any) error {
	var errs []error
	if d.conn == conn {
		for _, s := range d.statements {
			errs = append(errs, s.stmt.Close())
		}
	}
	d.statements, d.conn = nil, nil
	return errors.Join(errs...)
}

// close closes the statements. Call it before the archive is closed.
func (d *disk) close() error {
	if d.conn == nil {
		return nil
	}
	conn, err := d.db.Conn(context.Background())
	if err != nil {
		return fmt.Errorf("close store: %w", err)
	}
	return errors.Join(conn.Raw(d.closeStatements), conn.Close())
}

// ignoreDone returns err, or nil if it comes from closing a connection twice.
func ignoreDone(err error) error {
	if errors.Is(err, sql.ErrConnDone) {
		return nil
	}
	return err
}
