package cluster

import (
	"context"
	"crypto/rand"
	_ "embed"
	"log/slog"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/outcry/outcry/pkg/redisconn"
	"github.com/outcry/outcry/pkg/window"
)

const (
	// leaseTime is how long a lease holds after it was taken or renewed. A
	// partition whose holder dies has a new one after at most leaseTime plus
	// renewInterval.
	leaseTime     = 10 * time.Second
	renewInterval = 3 * time.Second
	// leaseMargin is how much earlier than Redis the holder regards its lease as
	// over, so that two processes never hold it when their clocks run at
	// different speeds.
	leaseMargin = time.Second
)

// Keys of every partition, behind the prefix and the partition's hash tag.
//
//	name   type    holds                                  expires
//	lease  string  the name of the process that holds it  leaseTime after it was renewed
//	fence  string  the number of the last term            fenceTime after the lease was renewed
const (
	keyLease  = "lease"
	keyFence  = "fence"
	fenceTime = 48 * time.Hour
)

//go:embed lease.lua
var leaseSource string

var leaseScript = redis.NewScript(leaseSource)

// Leases are the partitions that this process holds. At most one process holds
// a partition at a time. Renew may not be called concurrently.
type Leases struct {
	conn    *redisconn.Conn
	process string // the name of this process, made anew at each start
	log     *slog.Logger

	lastHeld int // number of partitions held after the last Renew

	mu     sync.Mutex
	leases [window.Partitions]lease
}

// lease is the lease of one partition as this process knows it. It holds before
// the time until.
type lease struct {
	term  int64
	until time.Time
}

// NewLeases returns the leases of a process that holds none yet.
func NewLeases(conn *redisconn.Conn, log *slog.Logger) *Leases {
	return &Leases{conn: conn, process: rand.Text(), log: log}
}

// Run takes free leases and renews its own until ctx ends. Then it returns them.
func (l *Leases) Run(ctx context.Context) error {
	ticker := time.NewTicker(renewInterval)
	defer ticker.Stop()
	for {
		l.Renew(ctx)
		select {
		case <-ctx.Done():
			l.returnAll(context.WithoutCancel(ctx))
			return nil
		case <-ticker.C:
		}
	}
}

// Renew takes every free lease and renews those of this process, once. The lease
// of a partition that Redis does not answer for ends by itself.
func (l *Leases) Renew(ctx context.Context) {
	asked := time.Now()
	for p, answer := range l.runScript(ctx, "take") {
		term, err := answer.Int64()
		if l.conn.Observe(p, err) != nil {
			continue
		}
		l.set(p, lease{term, asked.Add(leaseTime - leaseMargin)})
	}
	if held := len(l.Held()); held != l.lastHeld {
		l.log.Info("this process looks after another share of the services", "of", window.Partitions, "before", l.lastHeld, "now", held)
		l.lastHeld = held
	}
}

// returnAll returns every lease, so that other processes need not wait for its
// end.
func (l *Leases) returnAll(ctx context.Context) {
	for p := range window.Partitions {
		l.set(p, lease{})
	}
	for p, answer := range l.runScript(ctx, "return") {
		if l.conn.Observe(p, answer.Err()) != nil {
			return // the lease ends by itself
		}
	}
}

// runScript runs leaseScript for every partition that Redis answers for, in one
// round trip.
func (l *Leases) runScript(ctx context.Context, action string) map[int]*redis.Cmd {
	ctx, cancel := context.WithTimeout(ctx, redisconn.CallTimeout)
	defer cancel()
	pipe := l.conn.Client.Pipeline()
	answers := map[int]*redis.Cmd{}
	for p := range window.Partitions {
		if l.conn.Ready(p) == nil {
			answers[p] = leaseScript.Eval(ctx, pipe, []string{l.conn.Key(p, keyLease), l.conn.Key(p, keyFence)},
				action, l.process, leaseTime.Milliseconds(), fenceTime.Milliseconds())
		}
	}
	_, _ = pipe.Exec(ctx) // each answer has its own error
	return answers
}

func (l *Leases) set(partition int, held lease) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.leases[partition] = held
}

// Term returns the number of the term in which this process holds a partition
// at this moment, or 0 if it does not.
func (l *Leases) Term(partition int) int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	if held := l.leases[partition]; time.Now().Before(held.until) {
		return held.term
	}
	return 0
}

// LeaderTerm returns the number of the term in which this process leads at this
// moment, or 0 if it follows.
func (l *Leases) LeaderTerm() int64 { return l.Term(sharedPartition) }

// dispatchPartition is the partition whose holder brings messages to subscribers.
// It is not the one of the leader, so that the work is shared.
const dispatchPartition = 1

// Dispatches reports whether this process is the one that brings messages to
// subscribers at this moment.
func (l *Leases) Dispatches() bool { return l.Term(dispatchPartition) != 0 }

// Held returns the partitions that this process holds at this moment.
func (l *Leases) Held() []int {
	var held []int
	for p := range window.Partitions {
		if l.Term(p) != 0 {
			held = append(held, p)
		}
	}
	return held
}
