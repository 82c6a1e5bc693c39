package archive

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// dialTime is how long a server may take to be connected to, unless the URL
// says otherwise.
const dialTime = 3 * time.Second

// connectorTo returns what connects to the database that url names.
func connectorTo(url string, relaxed bool) (driver.Connector, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		// The driver's error repeats the URL.
		return nil, errors.New("OUTCRY_DATABASE_URL cannot be read; it looks like postgres://NAME:PASSWORD@HOST:5432/DATABASE")
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = dialTime
	}
	if relaxed {
		config.RuntimeParams["synchronous_commit"] = "off"
	}
	quiet := &silence{}
	dial := config.DialFunc
	config.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(ctx, network, addr)
		if err != nil {
			return nil, withoutAddress(err)
		}
		return &discreetConn{conn, quiet}, nil
	}
	return discreetConnector{stdlib.GetConnector(*config, stdlib.OptionAfterConnect(letGo), stdlib.OptionResetSession(quiet.refuse)), quiet}, nil
}

const (
	// silent is how long a server may take to say something before a call that ends
	// meanwhile counts as unanswered.
	silent = 2 * time.Second
	// leftAlone is how long a server is not asked after that: a page asks it for many
	// things, one after the other.
	leftAlone = 5 * time.Second
)

// errSilent says that a server did not answer a moment ago and was not asked.
var errSilent = errors.New("Postgres did not answer a moment ago")

// silence remembers that a server is reached and does not answer.
type silence struct{ until atomic.Int64 } // in nanoseconds since the Unix epoch

func (s *silence) begin() { s.until.Store(time.Now().Add(leftAlone).UnixNano()) }

func (s *silence) end() { s.until.Store(0) }

func (s *silence) holds() bool { return time.Now().UnixNano() < s.until.Load() }

// refuse drops connections to a server that does not answer before they are used.
func (s *silence) refuse(context.Context, *pgx.Conn) error {
	if s.holds() {
		return driver.ErrBadConn
	}
	return nil
}

// letGo has the server end the session of a process whose machine has vanished,
// and with it the locks that others wait for.
func letGo(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, `SET idle_in_transaction_session_timeout = '1min'; SET tcp_keepalives_idle = 30;
		SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3`)
	return err
}

// discreetConnector connects, or says why it cannot without saying where: its
// errors reach logs.
type discreetConnector struct {
	driver.Connector
	quiet *silence
}

func (c discreetConnector) Connect(ctx context.Context) (driver.Conn, error) {
	if c.quiet.holds() {
		return nil, errSilent
	}
	began := time.Now()
	conn, err := c.Connector.Connect(ctx)
	if err == nil {
		c.quiet.end()
		return conn, nil
	}
	if pgconn.Timeout(err) && time.Since(began) >= silent {
		c.quiet.begin()
	}
	return nil, refusal(ctx, err)
}

// refusal says why a connection did not come about.
func refusal(ctx context.Context, err error) error {
	var said *pgconn.PgError
	var network *net.OpError
	var name *net.DNSError
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("connect to Postgres: %w", ctx.Err())
	case errors.As(err, &said):
		return fmt.Errorf("Postgres refused the connection: %s", reasonOf(said.Code))
	case errors.As(err, &name):
		return errors.New("connect to Postgres: the host in OUTCRY_DATABASE_URL cannot be found")
	case errors.As(err, &network):
		return fmt.Errorf("connect to Postgres: %w", withoutAddress(network))
	case strings.Contains(err.Error(), "server refused TLS connection"):
		return errors.New("connect to Postgres: it offers no TLS, which sslmode in OUTCRY_DATABASE_URL asks for")
	case pgconn.Timeout(err):
		return errors.New("connect to Postgres: it does not answer in time")
	}
	return fmt.Errorf("connect to Postgres: failed with %T; look at the sslmode and the host in OUTCRY_DATABASE_URL", rootOf(err))
}

// reasonOf explains an SQLSTATE with which a server refuses a connection.
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

// rootOf is the innermost cause of err.
func rootOf(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}

// discreetConn is a connection whose errors do not tell its addresses, and which
// notices that nobody answers.
type discreetConn struct {
	net.Conn
	quiet *silence
}

func (c *discreetConn) Read(b []byte) (int, error) {
	began := time.Now()
	n, err := c.Conn.Read(b)
	if errors.Is(err, os.ErrDeadlineExceeded) && time.Since(began) >= silent {
		c.quiet.begin() // whoever asked has given up
	}
	return n, withoutAddress(err)
}

func (c *discreetConn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	return n, withoutAddress(err)
}

// withoutAddress returns err, or what it says without the addresses.
func withoutAddress(err error) error {
	var o *net.OpError
	if errors.As(err, &o) {
		return &net.OpError{Op: o.Op, Net: "postgres", Err: o.Err}
	}
	return err
}
