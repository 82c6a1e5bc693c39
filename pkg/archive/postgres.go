package archive

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	gormpostgres "gorm.io/driver/postgres"
	"gorm.io/gorm"
)

//go:embed migrations/postgres/*.sql
var postgresMigrations embed.FS

const (
	// postgresConnections bounds the connections of one process. Postgres allows
	// 100 by default, and ten processes should be able to share one.
	postgresConnections = 8
	// OldestPostgres is the oldest major version that works: the tests run with it.
	OldestPostgres = 15
)

// Postgres is an archive that many processes share. Beside what every archive
// does, it takes reports from the journal and restores windows that were lost.
type Postgres struct {
	*Archive
	cells *cellCache
	days  *partitionDays
}

// newPostgres returns a with empty caches.
func newPostgres(a *Archive) *Postgres {
	return &Postgres{Archive: a, cells: newCellCache(), days: newPartitionDays()}
}

// postgresEngine is the engine of Postgres: any number of processes and
// connections.
type postgresEngine struct{}

// OpenPostgres opens the archive in the database at url and brings its schema up
// to date. Of several processes that open it at once, one migrates and the
// others wait. No error contains the address of the server or a secret of url.
func OpenPostgres(ctx context.Context, url string, o Options) (*Postgres, error) {
	p := newPostgres(newArchive(postgresEngine{}, o))
	if err := p.open(ctx, url, o.Relaxed); err != nil {
		return nil, errors.Join(fmt.Errorf("open archive in Postgres: %w", err), p.Close())
	}
	return p, nil
}

func (p *Postgres) open(ctx context.Context, url string, relaxed bool) error {
	connector, err := connectorTo(url, relaxed)
	if err != nil {
		return err
	}
	pool := sql.OpenDB(connector)
	if p.writeDB, err = p.connect(pool, postgresConnections); err != nil {
		return errors.Join(err, pool.Close())
	}
	p.readDB = p.writeDB // in Postgres readers never block writers
	var version int
	if err := pool.QueryRowContext(ctx, `SELECT current_setting('server_version_num')::int`).Scan(&version); err != nil {
		return err
	}
	if err := checkVersion(version); err != nil {
		return err
	}
	if err := p.warnOfLostCommits(ctx, pool, relaxed); err != nil {
		return err
	}
	migrations, err := fs.Sub(postgresMigrations, "migrations/postgres")
	if err != nil {
		return err
	}
	return migrate(ctx, goose.DialectPostgres, pool, migrations, goose.WithSessionLocker(migrationLocker{}))
}

// warnOfLostCommits logs settings of the server with which a crash loses reports
// that were archived.
func (p *Postgres) warnOfLostCommits(ctx context.Context, pool *sql.DB, relaxed bool) error {
	for setting, required := range map[string]bool{"fsync": true, "synchronous_commit": !relaxed} {
		var value string
		if err := pool.QueryRowContext(ctx, `SELECT current_setting($1)`, setting).Scan(&value); err != nil {
			return err
		}
		if required && value == "off" {
			p.log.Warn("Postgres confirms commits before they are on disk: a crash may lose reports", setting, value)
		}
	}
	return nil
}

// checkVersion returns an error if Postgres is too old. The number is the
// server_version_num of the server, 150003 for 15.3.
func checkVersion(number int) error {
	if major := number / 10_000; major < OldestPostgres {
		return fmt.Errorf("the server is Postgres %d; Postgres %d or later is needed", major, OldestPostgres)
	}
	return nil
}

// migrationLocker makes other processes wait while one migrates. Postgres
// releases the lock when the process that holds it dies.
type migrationLocker struct{}

func (migrationLocker) SessionLock(ctx context.Context, conn *sql.Conn) error {
	_, err := conn.ExecContext(ctx, `SELECT pg_advisory_lock($1)`, int64(migrationLock))
	return err
}

func (migrationLocker) SessionUnlock(ctx context.Context, conn *sql.Conn) error {
	_, err := conn.ExecContext(ctx, `SELECT pg_advisory_unlock($1)`, int64(migrationLock))
	return err
}

func (postgresEngine) dialector(pool *sql.DB) gorm.Dialector {
	return gormpostgres.New(gormpostgres.Config{Conn: pool})
}

func (postgresEngine) snapshot() *sql.TxOptions {
	return &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
}

func (postgresEngine) exclude(tx *gorm.DB, l lock) error {
	return tx.Exec(`SELECT pg_advisory_xact_lock(?)`, int64(l)).Error
}
