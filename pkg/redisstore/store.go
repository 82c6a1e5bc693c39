package redisstore

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/redisconn"
	"github.com/outcry/outcry/pkg/window"
)

// Options configure a store.
type Options struct {
	// Unlimited lifts the limit of devices that count at one address.
	Unlimited bool
	Log       *slog.Logger // nil discards
}

// Store counts reports in Redis. It is safe for concurrent use.
type Store struct {
	conn      *redisconn.Conn
	unlimited bool
	limits    []byte // packed, for the script
	log       *slog.Logger

	lastBeat atomic.Int64 // the last minute that is noted in all partitions, or -1

	mu      sync.Mutex
	failure error // of the latest batch, if nothing of it was counted
}

var _ window.Store = (*Store)(nil)

// New returns a store that counts in the Redis behind c. The caller closes c.
func New(c *redisconn.Conn, o Options) *Store {
	log := o.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	s := &Store{conn: c, unlimited: o.Unlimited, limits: packLimits(), log: log}
	s.lastBeat.Store(-1)
	return s
}

// Ready returns nil while reports can be counted in some partition. With one node
// of a cluster unreachable every process can count only in the others. Ready does
// not wait.
func (s *Store) Ready() error {
	if s.conn.Unreachable() == window.Partitions {
		return unavailable(redisconn.ErrUnreachable)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failure
}

// noteCounting records whether counting works, and logs a change. An unreachable
// Redis is logged by its connection.
func (s *Store) noteCounting(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	changed := (err != nil) != (s.failure != nil)
	s.failure = err
	switch {
	case !changed || errors.Is(err, redisconn.ErrUnreachable):
	case err != nil:
		s.log.Error("counting fails", "error", err)
	default:
		s.log.Info("counting works again")
	}
}

// unavailable returns the error for a client whose reports cannot be counted
// because of err.
func unavailable(err error) error {
	return &fault.Error{
		Kind: fault.Unavailable, Msg: "reports cannot be counted at the moment; try again later",
		RetryAfter: 2 * time.Second, Err: err,
	}
}

// allPartitions are the numbers of all partitions.
var allPartitions = func() (numbers []int) {
	for p := range window.Partitions {
		numbers = append(numbers, p)
	}
	return numbers
}()

// withTimeout limits ctx to the time of one call of Redis.
func withTimeout(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, redisconn.CallTimeout)
}
