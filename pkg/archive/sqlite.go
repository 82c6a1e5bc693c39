package archive

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	"github.com/pressly/goose/v3"
	gormsqlite "gorm.io/driver/sqlite"
	"gorm.io/gorm"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

//go:embed migrations/sqlite/*.sql
var sqliteMigrations embed.FS

// sqliteReaders is how many reads may run at once.
const sqliteReaders = 4

// sqliteEngine is SQLite: one file, one connection that writes. Writers queue
// for it, not in the database.
type sqliteEngine struct{}

// Open opens the archive in the SQLite file at path, whose folder exists, and
// brings its schema up to date. A new file is readable by its owner only.
func Open(ctx context.Context, path string, o Options) (*Archive, error) {
	a := unopened(sqliteEngine{}, o)
	a.path = path
	if err := a.openFile(ctx, o.Relaxed); err != nil {
		return nil, errors.Join(fmt.Errorf("open archive %s: %w", path, err), a.Close())
	}
	return a, nil
}

func (a *Archive) openFile(ctx context.Context, relaxed bool) error {
	files, err := openSQLite(a.path, relaxed)
	if err != nil {
		return err
	}
	if a.writer, err = a.connect(files.writer, 1); err != nil {
		return err
	}
	migrations, err := fs.Sub(sqliteMigrations, "migrations/sqlite")
	if err != nil {
		return err
	}
	if err := migrate(ctx, goose.DialectSQLite3, files.writer, migrations); err != nil {
		return err
	}
	a.reader, err = a.connect(files.reader, sqliteReaders)
	return err
}

// pools are the two pools of connections to one file.
type pools struct{ writer, reader *sql.DB }

// tempInMemory keeps SQLite from writing reports to temporary files, which would
// be outside the data folder.
const tempInMemory = "temp_store(MEMORY)"

// openSQLite creates the file at path if need be and opens both pools. They
// connect when they are first used.
func openSQLite(path string, relaxed bool) (pools, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return pools{}, err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return pools{}, err
	}
	if err := errors.Join(f.Chmod(0o600), f.Close()); err != nil {
		return pools{}, err // the log beside the file takes its mode
	}
	synchronous := "FULL"
	if relaxed {
		synchronous = "OFF"
	}
	// Page size and automatic checkpoints (every 1,000 pages of log) are SQLite's
	// own: of 1, 2, 4 and 8 KiB none was clearly better, and with a checkpoint
	// every 4,000 pages the worst batch waited several times as long.
	writer, err := sql.Open("sqlite", dsn(path, "immediate", // to upgrade a read later could fail
		"busy_timeout(5000)", // first: the others may meet a lock
		"journal_mode(WAL)",
		"synchronous("+synchronous+")",
		"foreign_keys(ON)",
		tempInMemory,
		"cache_size(-65536)",            // 64 MiB: the leaves of today's reports_once
		"journal_size_limit(268435456)", // give the space of an exceptional log back
	))
	if err != nil {
		return pools{}, err
	}
	reader, err := sql.Open("sqlite", dsn(path, "deferred", "busy_timeout(5000)", "query_only(ON)", tempInMemory, "cache_size(-16384)"))
	if err != nil {
		return pools{}, errors.Join(err, writer.Close())
	}
	return pools{writer, reader}, nil
}

// dsn names the file at path with a way to begin transactions and pragmas for
// each connection.
func dsn(path, begin string, pragmas ...string) string {
	q := url.Values{"_pragma": pragmas, "_txlock": {begin}}
	return (&url.URL{Scheme: "file", Path: path, RawQuery: q.Encode()}).String()
}

func (sqliteEngine) snapshot() *sql.TxOptions { return nil } // any transaction has one

func (sqliteEngine) exclude(*gorm.DB) error { return nil } // there is one writer

// dialector returns GORM's dialect for a pool.
func (sqliteEngine) dialector(pool *sql.DB) gorm.Dialector {
	d := gormsqlite.New(gormsqlite.Config{Conn: pool})
	return &sqliteDialector{d.(*gormsqlite.Dialector)}
}

// sqliteDialector is GORM's own dialect with errors translated from the driver
// that is used here.
type sqliteDialector struct{ *gormsqlite.Dialector }

// Translate turns violated constraints into GORM's errors.
func (d *sqliteDialector) Translate(err error) error {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code() {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
		return fmt.Errorf("%w: %w", gorm.ErrDuplicatedKey, err)
	case sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
		return fmt.Errorf("%w: %w", gorm.ErrForeignKeyViolated, err)
	case sqlite3.SQLITE_CONSTRAINT_CHECK:
		return fmt.Errorf("%w: %w", gorm.ErrCheckConstraintViolated, err)
	}
	return err
}
