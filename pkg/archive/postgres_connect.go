package archive

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// connectTime bounds the time to connect, unless the URL has its own.
const connectTime = 3 * time.Second

// connectorTo returns the connector of the database at url.
func connectorTo(url string, relaxed bool) (driver.Connector, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		// Not err: the driver repeats the URL in it.
		return nil, errors.New("OUTCRY_DATABASE_URL cannot be read; it looks like postgres://NAME:PASSWORD@HOST:5432/DATABASE")
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = connectTime
	}
	if relaxed {
		config.RuntimeParams["synchronous_commit"] = "off"
	}
	unanswered := &pause{}
	dial := config.DialFunc
	config.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
		netConn, err := dial(ctx, network, addr)
		if err != nil {
			return nil, withoutAddress(err)
		}
		return &privateConn{netConn, unanswered}, nil
	}
	return connector{stdlib.GetConnector(*config, stdlib.OptionAfterConnect(limitSession), stdlib.OptionResetSession(unanswered.dropConn)), unanswered}, nil
}

// limitSession makes the server end the session of a process whose machine is
// gone, and release the locks that others wait for.
func limitSession(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, `SET idle_in_transaction_session_timeout = '1min'; SET tcp_keepalives_idle = 30;
		SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3`)
	return err
}

// connector connects unless there is a pause. Its errors, which are logged, give
// the reason without addresses.
type connector struct {
	driver.Connector
	pause *pause
}

func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	if c.pause.active() {
		return nil, errPaused
	}
	began := time.Now()
	conn, err := c.Connector.Connect(ctx)
	if err == nil {
		c.pause.end()
		return conn, nil
	}
	if pgconn.Timeout(err) && time.Since(began) >= answerTime {
		c.pause.begin()
	}
	return nil, connectErr(ctx, err)
}

// connectErr returns the reason why connecting ended with err.
func connectErr(ctx context.Context, err error) error {
	var serverErr *pgconn.PgError
	var networkErr *net.OpError
	var nameErr *net.DNSError
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("connect to Postgres: %w", ctx.Err())
	case errors.As(err, &serverErr):
		return fmt.Errorf("Postgres refused the connection: %s", reasonOf(serverErr.Code))
	case errors.As(err, &nameErr):
		return errors.New("connect to Postgres: the host in OUTCRY_DATABASE_URL cannot be found")
	case errors.As(err, &networkErr):
		return fmt.Errorf("connect to Postgres: %w", withoutAddress(networkErr))
	case strings.Contains(err.Error(), "server refused TLS connection"):
		return errors.New("connect to Postgres: it offers no TLS, which sslmode in OUTCRY_DATABASE_URL asks for")
	case pgconn.Timeout(err):
		return errors.New("connect to Postgres: it does not answer in time")
	}
	return fmt.Errorf("connect to Postgres: failed with %T; look at the sslmode and the host in OUTCRY_DATABASE_URL", rootOf(err))
}

// reasonOf returns why a server refuses a connection with an SQLSTATE.
func reasonOf(code string) string {
	switch code {
	case "28P01", "28000":
		return "the name or the password in OUTCRY_DATABASE_URL is wrong, or may not connect from here"
	case "3D000":
		return "there is no database of the name in OUTCRY_DATABASE_URL"
	case "42501":
		return "the name in OUTCRY_DATABASE_URL may not use the database"
	case "53300":
		return "it has too many connections; raise max_connections"
	case "57P03":
		return "it is starting or stopping"
	}
	return "SQLSTATE " + code
}

// rootOf returns the innermost cause of err.
func rootOf(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}

// privateConn is a connection whose errors contain no address. It begins a pause when
// the server does not answer.
type privateConn struct {
	net.Conn
	pause *pause
}

func (c *privateConn) Read(b []byte) (int, error) {
	began := time.Now()
	n, err := c.Conn.Read(b)
	if errors.Is(err, os.ErrDeadlineExceeded) && time.Since(began) >= answerTime {
		c.pause.begin()
	}
	return n, withoutAddress(err)
}

func (c *privateConn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	return n, withoutAddress(err)
}

// withoutAddress returns err, or an error like it without its addresses.
func withoutAddress(err error) error {
	var o *net.OpError
	if errors.As(err, &o) {
		return &net.OpError{Op: o.Op, Net: "postgres", Err: o.Err}
	}
	return err
}
