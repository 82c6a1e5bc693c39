package archive

import (
	"context"
	"database/sql/driver"
	"errors"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// answerTime is how long a server may take to answer. A call that ends later
	// without an answer begins a pause.
	answerTime = 2 * time.Second
	// pauseTime is how long the server is not asked then. Without a pause, a page
	// that reads many things one after the other would wait for each.
	pauseTime = 5 * time.Second
)

// errPaused is the error of a call during a pause.
var errPaused = errors.New("Postgres did not answer a moment ago")

// pause is a time in which a server that did not answer is not asked.
type pause struct{ until atomic.Int64 } // in nanoseconds since the Unix epoch

func (p *pause) begin() { p.until.Store(time.Now().Add(pauseTime).UnixNano()) }

func (p *pause) end() { p.until.Store(0) }

func (p *pause) active() bool { return time.Now().UnixNano() < p.until.Load() }

// dropConn makes the pool drop a connection, before it is used, while the pause
// is active.
func (p *pause) dropConn(context.Context, *pgx.Conn) error {
	if p.active() {
		return driver.ErrBadConn
	}
	return nil
}
