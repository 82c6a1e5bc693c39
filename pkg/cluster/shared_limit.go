package cluster

import (
	"context"
	_ "embed"
	"strconv"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/outcry/outcry/pkg/ingest"
	"github.com/outcry/outcry/pkg/redisconn"
	"github.com/outcry/outcry/pkg/window"
)

const (
	// exchangePause is how long the processes may not know of each other what
	// they allowed.
	exchangePause = 250 * time.Millisecond
	// maxShared bounds the senders that a process exchanges, 100 bytes each.
	maxShared = 1 << 15
)

// limitKey is the key of a sender, of the partition that its pseudonym gives: a
// string with the time at which its allowance is whole again, in microseconds
// since the Unix epoch. It goes away then.
func limitKey(sender uint64) string { return "limit:" + strconv.FormatUint(sender, 36) }

//go:embed limit.lua
var limitSource string

var limitScript = redis.NewScript(limitSource)

// SharedLimiter gives each sender one allowance in all processes together. It
// answers from the memory of this process, and tells the others through Redis
// four times a second who has used up more than a quarter: most senders send
// once or twice and cost nothing. So a sender who reaches every process at once
// may get a quarter more from each, and what it sends within a quarter of a
// second. While Redis is away, or too many senders are near their limits, there
// is one allowance in each process.
type SharedLimiter struct {
	local *Limiter
	conn  *redisconn.Conn

	mu     sync.Mutex
	shared map[uint64]int64 // submissions allowed since the last exchange, of those who used much
}

var _ ingest.Limiter = (*SharedLimiter)(nil)

// NewSharedLimiter returns a limiter that allows what NewLimiter does.
func NewSharedLimiter(conn *redisconn.Conn) *SharedLimiter {
	return &SharedLimiter{local: NewLimiter(), conn: conn, shared: map[uint64]int64{}}
}

// Allow takes one submission from the allowance of key at now, if there is one.
func (l *SharedLimiter) Allow(key uint64, now time.Time) ingest.Decision {
	d := l.local.Allow(key, now)
	used := int64(d.Limit - d.Remaining)
	if !d.Allowed || used <= int64(d.Limit)/4 {
		return d
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, known := l.shared[key]; known {
		l.shared[key]++
	} else if len(l.shared) < maxShared {
		l.shared[key] = used
	}
	return d
}

// Run exchanges until ctx ends.
func (l *SharedLimiter) Run(ctx context.Context) error {
	ticker := time.NewTicker(exchangePause)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-ticker.C:
			l.exchange(ctx, now)
		}
	}
}

// exchange tells what this process allowed, and learns what others did. Where
// nobody answers it is told the next time.
func (l *SharedLimiter) exchange(ctx context.Context, now time.Time) {
	ctx, cancel := context.WithTimeout(ctx, redisconn.CallTimeout)
	defer cancel()
	var parts [window.Partitions]struct {
		senders []uint64
		keys    []string
		args    []any
		answer  *redis.Cmd
	}
	l.mu.Lock()
	for sender, allowed := range l.shared {
		p := int(sender % window.Partitions)
		part := &parts[p]
		if part.args == nil {
			every := l.local.every / int64(time.Microsecond)
			part.args = []any{every, 2 * l.local.allowed * every}
		}
		part.senders = append(part.senders, sender)
		part.keys = append(part.keys, l.conn.Key(p, limitKey(sender)))
		part.args = append(part.args, allowed)
	}
	l.mu.Unlock()

	pipe := l.conn.Pipeline()
	for p := range parts {
		if part := &parts[p]; part.senders != nil && l.conn.Ready(p) == nil {
			part.answer = limitScript.Eval(ctx, pipe, part.keys, part.args...)
		}
	}
	if pipe.Len() == 0 {
		return
	}
	_, _ = pipe.Exec(ctx) // each answer has its own error
	for p := range parts {
		part := &parts[p]
		if part.answer == nil {
			continue
		}
		owed, err := part.answer.Int64Slice()
		if l.conn.Observe(p, err) != nil {
			continue
		}
		l.learn(part.senders, part.args[2:], owed, now)
	}
}

// learn takes over what senders owe in all processes, of what was told of them
// here. Who owes nothing is forgotten.
func (l *SharedLimiter) learn(senders []uint64, told []any, owed []int64, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, sender := range senders {
		l.shared[sender] -= told[i].(int64)
		if owed[i] == 0 && l.shared[sender] == 0 {
			delete(l.shared, sender)
		}
		l.local.owe(sender, now.Add(time.Duration(owed[i])*time.Microsecond))
	}
}
