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

// Options say how a store counts.
type Options struct {
	// Unlimited lets any number of devices count at one address.
	Unlimited bool
	Log       *slog.Logger // nil discards
}

// Store counts reports into Redis.
type Store struct {
	conn      *redisconn.Conn
	unlimited bool
	limits    []byte
	log       *slog.Logger

	lastBeat atomic.Int64 // the last minute that all partitions were told of

	mu      sync.Mutex
	failure error // of the last batch of which nothing was counted, or nil
}

var _ window.Store = (*Store)(nil)

// New returns a store that counts into the Redis behind c, which is closed
// after it.
func New(c *redisconn.Conn, o Options) *Store {
	log := o.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	s := &Store{conn: c, unlimited: o.Unlimited, limits: packLimits(), log: log}
	s.lastBeat.Store(-1)
	return s
}

// Ready returns nil while reports can be counted in some partition: a node of a
// cluster that is away takes its own with it, and no process could do better.
// It waits for nothing.
func (s *Store) Ready() error {
	if s.conn.Unreachable() == window.Partitions {
		return unavailable(redisconn.ErrUnreachable)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failure
}

// note keeps how counting went and logs it when that has changed. Who does not
// answer at all, the connection logs.
func (s *Store) note(err error) {
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

// unavailable is what a client learns of err.
func unavailable(err error) error {
	return &fault.Error{
		Kind: fault.Unavailable, Msg: "reports cannot be counted at the moment; try again later",
		RetryAfter: 2 * time.Second, Err: err,
	}
}

// all are the numbers of all partitions.
var allPartitions = func() (numbers []int) {
	for p := range window.Partitions {
		numbers = append(numbers, p)
	}
	return numbers
}()

// inTime bounds a call of Redis.
func withTimeout(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, redisconn.CallTimeout)
}
