package archive

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// PostgresFacts describe a server of Postgres and its database for an operator.
type PostgresFacts struct {
	Version                                  int // as server_version_num: 150003 for 15.3
	Fsync, SynchronousCommit, FullPageWrites string
	Encoding                                 string
	Schema                                   string // in which tables are made; empty if there is none
	CanCreate                                bool   // tables, in Schema
	IsReadOnly                               bool   // a replica, or a database for reading only
	SharesSessions                           bool   // a pooler gives one session of the server to several clients at a time
	MaxConnections                           int
	TooNew                                   error // the data were written by a version that this one does not understand
	// Clock is the time of the server when the clock of this machine said Asked.
	Clock, Asked time.Time
}

// FileFacts describe the file of the embedded mode for an operator.
type FileFacts struct {
	Version   string    // of SQLite
	Damage    string    // the first fault that SQLite found; empty if it found none
	Unchecked bool      // the check for damage took too long
	TooNew    error     // the file was written by a version that this one does not understand
	Newest    time.Time // start of the latest minute that was counted; zero without one
}

// Connections is how many connections to Postgres one process opens at most.
const Connections = postgresConnections

// InspectPostgres connects to the database at url and returns what it says of itself.
// It changes nothing.
func InspectPostgres(ctx context.Context, url string) (PostgresFacts, error) {
	var f PostgresFacts
	connector, err := connectorTo(url, false)
	if err != nil {
		return f, err
	}
	pool := sql.OpenDB(connector)
	defer pool.Close()
	conn, err := pool.Conn(ctx)
	if err != nil {
		return f, err
	}
	defer conn.Close()
	began := time.Now()
	if err := conn.QueryRowContext(ctx, `SELECT clock_timestamp()`).Scan(&f.Clock); err != nil {
		return f, err
	}
	f.Asked = began.Add(time.Since(began) / 2)
	var schema sql.NullString
	err = conn.QueryRowContext(ctx, `SELECT current_setting('server_version_num')::int, current_setting('fsync'), current_setting('synchronous_commit'),
		current_setting('full_page_writes'), current_setting('server_encoding'), current_schema(), COALESCE(has_schema_privilege(current_schema(), 'CREATE'), false),
		pg_is_in_recovery() OR current_setting('default_transaction_read_only') = 'on', current_setting('max_connections')::int`).
		Scan(&f.Version, &f.Fsync, &f.SynchronousCommit, &f.FullPageWrites, &f.Encoding, &schema, &f.CanCreate, &f.IsReadOnly, &f.MaxConnections)
	if err != nil {
		return f, err
	}
	f.Schema = schema.String
	f.SharesSessions, err = sharesSessions(ctx, pool, conn)
	var serverErr *pgconn.PgError
	if errors.As(err, &serverErr) && (serverErr.Code == preparedTwice || serverErr.Code == preparedElsewhere) {
		f.SharesSessions, err = true, nil
	}
	if err != nil {
		return f, err
	}
	f.TooNew = checkSchema(ctx, pool, postgresMigrations, "migrations/postgres")
	return f, nil
}

// The SQLSTATEs of a prepared statement that another client of the same session made,
// or that was made in another session.
const (
	preparedTwice     = "42P05"
	preparedElsewhere = "26000"
)

// sharesSessions reports whether a second client may get the session of the server
// that conn has. A pooler that gives out sessions for one transaction does that.
func sharesSessions(ctx context.Context, pool *sql.DB, conn *sql.Conn) (bool, error) {
	var first int
	if err := conn.QueryRowContext(ctx, `SELECT pg_backend_pid()`).Scan(&first); err != nil {
		return false, err
	}
	for range 3 { // another client may have taken the session in between
		second, err := pool.Conn(ctx)
		if err != nil {
			return false, err
		}
		var pid int
		err = second.QueryRowContext(ctx, `SELECT pg_backend_pid()`).Scan(&pid)
		if err := errors.Join(err, second.Close()); err != nil {
			return false, err
		}
		if pid == first {
			return true, nil
		}
	}
	return false, nil
}

// checkTime bounds the check of a file for damage. It reads the whole file.
const checkTime = 30 * time.Second

// InspectFile reads the file of the embedded mode, which a server may be using. It
// changes nothing.
func InspectFile(ctx context.Context, filename string) (FileFacts, error) {
	var f FileFacts
	pool, err := sql.Open("sqlite", dsn(filename, "deferred", "busy_timeout(5000)", "query_only(ON)", tempInMemory)+"&mode=ro")
	if err != nil {
		return f, err
	}
	defer pool.Close()
	conn, err := pool.Conn(ctx)
	if err != nil {
		return f, err
	}
	defer conn.Close()
	if err := conn.QueryRowContext(ctx, `SELECT sqlite_version()`).Scan(&f.Version); err != nil {
		return f, err
	}
	limited, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	var found string
	err = conn.QueryRowContext(limited, `PRAGMA quick_check(1)`).Scan(&found)
	switch {
	case limited.Err() != nil && ctx.Err() == nil:
		f.Unchecked = true
	case err != nil:
		f.Damage = err.Error()
		return f, nil
	case found != "ok":
		f.Damage = found
		return f, nil
	}
	f.TooNew = checkSchema(ctx, pool, sqliteMigrations, "migrations/sqlite")
	var newest sql.NullInt64
	if err := conn.QueryRowContext(ctx, `SELECT MAX(minute) FROM beats`).Scan(&newest); err == nil && newest.Valid { // older files have no beats
		f.Newest = time.Unix(newest.Int64*60, 0).UTC()
	}
	return f, nil
}
