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
	// exchangeInterval bounds how long a process does not know what another one
	// allowed.
	exchangeInterval = 250 * time.Millisecond
	// maxExchanged bounds the senders that a process exchanges, 100 bytes each.
	maxExchanged = 1 << 15
	// refillTime is the time in which one submission is refilled.
	refillTime = ingest.LimitPeriod / ingest.LimitPerSender
)

// limitKey returns the name of a sender's key, in the partition that its
// pseudonym gives: a string with the time at which its allowance is whole again,
// in microseconds since the Unix epoch. It expires then.
func limitKey(sender uint64) string { return "limit:" + strconv.FormatUint(sender, 36) }

//go:embed limiter.lua
var limiterSource string

var limiterScript = redis.NewScript(limiterSource)

// Limiter gives each sender one allowance in all processes together. It decides
// from the memory of this process. Four times a second it exchanges through
// Redis which senders have used more than a quarter of their allowance; most
// send once or twice and cost nothing. So a sender that reaches every process at
// once may get a quarter more from each, and what it sends within a quarter of a
// second. While Redis cannot be reached, or too many senders are near their
// limits, each process gives an allowance of its own.
type Limiter struct {
	local *ingest.LocalLimiter
	conn  *redisconn.Conn

	mu sync.Mutex
	// unsent counts, for each sender that is exchanged, the submissions allowed
	// here since the last exchange.
	unsent map[uint64]int64
}

var _ ingest.Limiter = (*Limiter)(nil)

// NewLimiter returns a limiter that allows ingest.LimitPerSender submissions in
// ingest.LimitPeriod.
func NewLimiter(conn *redisconn.Conn) *Limiter {
	return &Limiter{local: ingest.NewLocalLimiter(ingest.LimitPerSender, ingest.LimitPeriod), conn: conn, unsent: map[uint64]int64{}}
}

// Allow takes one submission from the allowance of key at now, if there is one.
func (l *Limiter) Allow(key uint64, now time.Time) ingest.Decision {
	d := l.local.Allow(key, now)
	used := int64(d.Limit - d.Remaining)
	if !d.Allowed || used <= int64(d.Limit)/4 {
		return d
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, exchanged := l.unsent[key]; exchanged {
		l.unsent[key]++
	} else if len(l.unsent) < maxExchanged {
		l.unsent[key] = used
	}
	return d
}

// Run exchanges until ctx ends.
func (l *Limiter) Run(ctx context.Context) error {
	ticker := time.NewTicker(exchangeInterval)
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

// exchangePart is what is exchanged about the senders of one partition, in the
// same order.
type exchangePart struct {
	senders []uint64
	keys    []string
	sent    []int64 // submissions allowed here since the last exchange
}

// exchange sends what this process allowed and learns what all processes
// allowed. A partition that Redis does not answer for is sent again next time.
func (l *Limiter) exchange(ctx context.Context, now time.Time) {
	ctx, cancel := context.WithTimeout(ctx, redisconn.CallTimeout)
	defer cancel()
	parts := l.unsentParts()
	pipe := l.conn.Client.Pipeline()
	answers := map[int]*redis.Cmd{}
	for p, part := range parts {
		if l.conn.Ready(p) != nil {
			continue
		}
		args := []any{refillTime.Microseconds(), 2 * ingest.LimitPeriod.Microseconds()}
		for _, n := range part.sent {
			args = append(args, n)
		}
		answers[p] = limiterScript.Eval(ctx, pipe, part.keys, args...)
	}
	if len(answers) == 0 {
		return
	}
	_, _ = pipe.Exec(ctx) // each answer has its own error
	for p, answer := range answers {
		owed, err := answer.Int64Slice()
		if l.conn.Observe(p, err) == nil {
			l.learn(parts[p], owed, now)
		}
	}
}

// unsentParts returns what to exchange by partition.
func (l *Limiter) unsentParts() map[int]*exchangePart {
	l.mu.Lock()
	defer l.mu.Unlock()
	parts := map[int]*exchangePart{}
	for sender, allowed := range l.unsent {
		p := int(sender % window.Partitions)
		part := parts[p]
		if part == nil {
			part = &exchangePart{}
			parts[p] = part
		}
		part.senders = append(part.senders, sender)
		part.keys = append(part.keys, l.conn.Key(p, limitKey(sender)))
		part.sent = append(part.sent, allowed)
	}
	return parts
}

// learn takes over how many microseconds each sender of part owes in all
// processes. A sender that owes nothing is no longer exchanged.
func (l *Limiter) learn(part *exchangePart, owed []int64, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, sender := range part.senders {
		l.unsent[sender] -= part.sent[i]
		if owed[i] == 0 && l.unsent[sender] == 0 {
			delete(l.unsent, sender)
		}
		l.local.Delay(sender, now.Add(time.Duration(owed[i])*time.Microsecond))
	}
}
