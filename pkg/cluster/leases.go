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
	// leaseTime is how long a lease holds after it was last renewed. A partition
	// whose holder dies has another one after at most leaseTime and renewPause.
	leaseTime  = 10 * time.Second
	renewPause = 3 * time.Second
	// leaseMargin is how much earlier its holder takes a lease for over than Redis
	// does, so that no two hold it when their clocks do not run alike.
	leaseMargin = time.Second
)

// Keys of a partition, behind the prefix and the partition's hash tag.
//
//	name   type    holds                                  goes away
//	lease  string  the process that holds the partition   leaseTime after it was renewed
//	fence  string  the number of its last term            fenceTime after the term began or was renewed
const (
	keyLease  = "lease"
	keyFence  = "fence"
	fenceTime = 48 * time.Hour
)

//go:embed lease.lua
var leaseSource string

var leaseScript = redis.NewScript(leaseSource)

// Leases are the partitions that this process holds. At most one process holds
// a partition at a time; the number of its term is larger than that of every
// term before.
type Leases struct {
	conn *redisconn.Conn
	name string
	log  *slog.Logger

	told int // how many it last said that it holds; Renew only

	mu    sync.Mutex
	terms [window.Partitions]lease
}

type lease struct {
	number int64
	until  time.Time
}

// NewLeases returns the leases of a process that holds none yet.
func NewLeases(conn *redisconn.Conn, log *slog.Logger) *Leases {
	return &Leases{conn: conn, name: rand.Text(), log: log}
}

// Run takes leases that nobody holds, and renews its own, until ctx ends; then
// it gives them back.
func (l *Leases) Run(ctx context.Context) error {
	ticker := time.NewTicker(renewPause)
	defer ticker.Stop()
	for {
		l.Renew(ctx)
		select {
		case <-ctx.Done():
			l.giveBack(context.WithoutCancel(ctx))
			return nil
		case <-ticker.C:
		}
	}
}

// Renew takes and renews once. Where Redis does not answer, a lease ends by
// itself.
func (l *Leases) Renew(ctx context.Context) {
	asked := time.Now()
	for p, term := range l.each(ctx, "take") {
		number, err := term.Int64()
		if l.conn.Observe(p, err) != nil {
			continue
		}
		l.set(p, lease{number, asked.Add(leaseTime - leaseMargin)})
	}
	if held := len(l.Held()); held != l.told {
		l.log.Info("this process holds other partitions than before", "before", l.told, "now", held)
		l.told = held
	}
}

// giveBack lets others take what this process holds without waiting.
func (l *Leases) giveBack(ctx context.Context) {
	for p := range window.Partitions {
		l.set(p, lease{})
	}
	for p, answer := range l.each(ctx, "give back") {
		if l.conn.Observe(p, answer.Err()) != nil {
			return // it ends by itself
		}
	}
}

// each runs the script for every partition that answers, in one round trip.
func (l *Leases) each(ctx context.Context, what string) map[int]*redis.Cmd {
	ctx, cancel := context.WithTimeout(ctx, redisconn.CallTimeout)
	defer cancel()
	pipe := l.conn.Pipeline()
	answers := map[int]*redis.Cmd{}
	for p := range window.Partitions {
		if l.conn.Ready(p) == nil {
			answers[p] = leaseScript.Eval(ctx, pipe, []string{l.conn.Key(p, keyLease), l.conn.Key(p, keyFence)},
				what, l.name, leaseTime.Milliseconds(), fenceTime.Milliseconds())
		}
	}
	_, _ = pipe.Exec(ctx) // each answer has its own error
	return answers
}

func (l *Leases) set(partition int, held lease) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.terms[partition] = held
}

// Term returns the number of the term in which this process holds a partition
// at this moment, or 0 if it does not.
func (l *Leases) Term(partition int) int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	if held := l.terms[partition]; time.Now().Before(held.until) {
		return held.number
	}
	return 0
}

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
