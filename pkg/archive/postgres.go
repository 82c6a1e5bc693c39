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
	// oldestPostgres is the first version that is tested with.
	oldestPostgres = 15
	// The advisory locks, numbers that no other program should use by chance.
	migrationLock = 0x6f757463727901
	writerLock    = 0x6f757463727902
)

// Postgres is an archive that many processes share, with what only they need:
// reports come to it from a journal, and go from it to windows that were lost.
type Postgres struct {
	*Archive
	cells *cellNumbers
	days  *knownDays
}

// postgresEngine is Postgres: any number of processes and connections.
type postgresEngine struct{}

// OpenPostgres opens the archive in the database that url names and brings its
// schema up to date; of many processes that open it at once one does. No error
// names the server or holds what is secret in url.
func OpenPostgres(ctx context.Context, url string, o Options) (*Postgres, error) {
	p := &Postgres{Archive: unopened(postgresEngine{}, o), cells: newCellNumbers(), days: newKnownDays()}
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
	if p.writer, err = p.connect(pool, postgresConnections); err != nil {
		return errors.Join(err, pool.Close())
	}
	p.reader = p.writer // readers block nobody
	var version int
	if err := pool.QueryRowContext(ctx, `SELECT current_setting('server_version_num')::int`).Scan(&version); err != nil {
		return err
	}
	if err := checkVersion(version); err != nil {
		return err
	}
	if err := p.warn(ctx, pool, relaxed); err != nil {
		return err
	}
	migrations, err := fs.Sub(postgresMigrations, "migrations/postgres")
	if err != nil {
		return err
	}
	return migrate(ctx, goose.DialectPostgres, pool, migrations, goose.WithSessionLocker(migrationLocker{}))
}

// warn tells what would lose reports that were archived.
func (p *Postgres) warn(ctx context.Context, pool *sql.DB, relaxed bool) error {
	for setting, ask := range map[string]bool{"fsync": true, "synchronous_commit": !relaxed} {
		var value string
		if err := pool.QueryRowContext(ctx, `SELECT current_setting($1)`, setting).Scan(&value); err != nil {
			return err
		}
		if ask && value == "off" {
			p.log.Warn("Postgres says that something is kept before it is: reports may be lost with it", setting, value)
		}
	}
	return nil
}

// checkVersion refuses a Postgres that is too old; number is its version as the
// server says it, 150003 for 15.3.
func checkVersion(number int) error {
	if major := number / 10_000; major < oldestPostgres {
		return fmt.Errorf("the server is Postgres %d; Postgres %d or later is needed", major, oldestPostgres)
	}
	return nil
}

// migrationLocker lets one process migrate while others wait. Postgres gives
// the lock back when a process that holds it dies.
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

func (postgresEngine) exclude(tx *gorm.DB) error {
	return tx.Exec(`SELECT pg_advisory_xact_lock(?)`, int64(writerLock)).Error
}
