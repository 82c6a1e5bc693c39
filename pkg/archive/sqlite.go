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

// sqliteReaders bounds the reads that run at once.
const sqliteReaders = 4

// sqliteEngine is the engine of SQLite: one file and one connection that writes.
// Writers queue for the connection, not in the database.
type sqliteEngine struct{}

// Open opens the archive in the SQLite file at path and brings its schema up to
// date. It makes the file, readable by its owner only, but not its folder.
func Open(ctx context.Context, path string, o Options) (*Archive, error) {
	a := newArchive(sqliteEngine{}, o)
	a.filename = path
	if err := a.openFile(ctx, o.Relaxed); err != nil {
		return nil, errors.Join(fmt.Errorf("open archive %s: %w", path, err), a.Close())
	}
	return a, nil
}

func (a *Archive) openFile(ctx context.Context, relaxed bool) error {
	pools, err := openSQLitePools(a.filename, relaxed)
	if err != nil {
		return err
	}
	a.files = pools.files
	if a.writeDB, err = a.connect(pools.writer, 1); err != nil {
		return err
	}
	migrations, err := fs.Sub(sqliteMigrations, "migrations/sqlite")
	if err != nil {
		return err
	}
	if err := migrate(ctx, goose.DialectSQLite3, pools.writer, migrations); err != nil {
		return err
	}
	if a.readDB, err = a.connect(pools.reader, sqliteReaders+1); err != nil { // one of them holds the files
		return err
	}
	return a.files.hold(ctx, pools.reader)
}

// sqlitePools are the two pools of connections to one file.
type sqlitePools struct {
	writer, reader *sql.DB
	files          *sqliteFiles
}

// tempInMemory is the pragma that keeps temporary tables in memory. Otherwise
// SQLite would write reports to files outside the data folder.
const tempInMemory = "temp_store(MEMORY)"

// openSQLitePools makes the file at path if there is none and returns its pools.
// They connect when they are first used.
func openSQLitePools(path string, relaxed bool) (sqlitePools, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return sqlitePools{}, err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return sqlitePools{}, err
	}
	files := &sqliteFiles{path: path}
	files.database, err = f.Stat()
	if err := errors.Join(err, f.Chmod(0o600), f.Close()); err != nil {
		return sqlitePools{}, err // the log beside the file takes its mode
	}
	synchronous := "FULL"
	if relaxed {
		synchronous = "OFF"
	}
	// The page size and the checkpoints, one every 1,000 pages of log, are SQLite's
	// defaults. Of pages of 1, 2, 4 and 8 KiB none was clearly better. With a
	// checkpoint every 4,000 pages the slowest batch took several times as long.
	writer, err := newGuardedConnector(dsn(path, "immediate", // a transaction that reads first could fail when it writes
		"busy_timeout(5000)", // first, because the others may meet a lock
		"journal_mode(WAL)",
		"synchronous("+synchronous+")",
		"foreign_keys(ON)",
		tempInMemory,
		"cache_size(-65536)",            // 64 MiB: the leaves of today's reports_once
		"journal_size_limit(268435456)", // shrinks the log after it was unusually long
	), files)
	if err != nil {
		return sqlitePools{}, err
	}
	reader, err := newGuardedConnector(dsn(path, "deferred", "busy_timeout(5000)", "query_only(ON)", tempInMemory, "cache_size(-16384)"), files)
	if err != nil {
		return sqlitePools{}, err
	}
	return sqlitePools{sql.OpenDB(writer), sql.OpenDB(reader), files}, nil
}

// dsn returns the data source name of the file at path, which must exist.
// Transactions begin as begin says, and each connection starts with the pragmas.
func dsn(path, begin string, pragmas ...string) string {
	q := url.Values{"_pragma": pragmas, "_txlock": {begin}, "mode": {"rw"}}
	return (&url.URL{Scheme: "file", Path: path, RawQuery: q.Encode()}).String()
}

// snapshot returns nil: all reads of any transaction see the same state.
func (sqliteEngine) snapshot() *sql.TxOptions { return nil }

// exclude does nothing: there is one connection that writes.
func (sqliteEngine) exclude(*gorm.DB, lock) error { return nil }

// dialector returns GORM's dialect with the errors of this driver.
func (sqliteEngine) dialector(pool *sql.DB) gorm.Dialector {
	d := gormsqlite.New(gormsqlite.Config{Conn: pool})
	return &sqliteDialector{d.(*gormsqlite.Dialector)}
}

// sqliteDialector is GORM's own dialect for another driver: it translates the
// errors of modernc.org/sqlite.
type sqliteDialector struct{ *gormsqlite.Dialector }

// Translate wraps errors of violated constraints in GORM's errors.
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
