package cluster

import (
	"context"
	_ "embed"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/outcry/outcry/pkg/limit"
	"github.com/outcry/outcry/pkg/redisconn"
	"github.com/outcry/outcry/pkg/window"
)

const (
	// exchangeInterval bounds how long a process does not know what another one
	// allowed.
	exchangeInterval = 250 * time.Millisecond
	// maxExchanged bounds the allowances that a process exchanges, 100 bytes each.
	maxExchanged = 1 << 15
)

// allowance names the allowance of a sender at one level.
type allowance struct {
	class limit.Class
	level limit.Level
	key   uint64
}

// name returns the name of an allowance's key in Redis, in the partition that the
// pseudonym gives: a string with the time at which the allowance is full again,
// in microseconds since the Unix epoch. It expires then.
func (a allowance) name() string {
	return fmt.Sprintf("limit:%s:%d:%s", a.class, a.level, strconv.FormatUint(a.key, 36))
}

//go:embed limiter.lua
var limiterSource string

var limiterScript = redis.NewScript(limiterSource)

// Limiter gives each sender the same allowances in all processes together. It
// decides from the memory of this process. Four times a second it exchanges
// through Redis which allowances are used up by more than a quarter; most senders
// send once or twice and cost nothing. So a sender that reaches every process at
// once may get a quarter more from each, and what it sends within a quarter of a
// second. While Redis cannot be reached, or too many senders are near their
// limits, each process gives allowances of its own.
type Limiter struct {
	local *limit.Local
	conn  *redisconn.Conn

	mu sync.Mutex
	// unsent counts, for each allowance that is exchanged, what was taken here
	// since the last exchange.
	unsent map[allowance]int64
}

var _ limit.Limiter = (*Limiter)(nil)

// NewLimiter returns a limiter whose allowances are all full.
func NewLimiter(conn *redisconn.Conn) *Limiter {
	return &Limiter{local: limit.NewLocal(), conn: conn, unsent: map[allowance]int64{}}
}

// Take takes one from the allowances of a sender at every level, or from none of
// them if one is exhausted.
func (l *Limiter) Take(class limit.Class, from limit.Sender, now time.Time) limit.Decision {
	d := l.local.Take(class, from, now)
	if !d.Allowed {
		return d
	}
	for level, key := range from {
		a := allowance{class, limit.Level(level), key}
		burst := int64(limit.RateOf(class, a.level).Burst)
		if used := l.local.Used(class, a.level, key, now); used > burst/4 {
			l.note(a, 1, used)
		}
	}
	return d
}

// note adds n to what was taken from an allowance here. An allowance that was not
// exchanged so far begins with all that is used.
func (l *Limiter) note(a allowance, n, used int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, exchanged := l.unsent[a]; exchanged {
		l.unsent[a] += n
	} else if len(l.unsent) < maxExchanged {
		l.unsent[a] = used
	}
}

// GiveBack returns what an earlier Take took.
func (l *Limiter) GiveBack(class limit.Class, from limit.Sender, now time.Time) {
	l.local.GiveBack(class, from, now)
	l.mu.Lock()
	defer l.mu.Unlock()
	for level, key := range from {
		a := allowance{class, limit.Level(level), key}
		if _, exchanged := l.unsent[a]; exchanged {
			l.unsent[a]--
		}
	}
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

// exchangePart is what is exchanged about the allowances of one partition, in the
// same order.
type exchangePart struct {
	allowances []allowance
	keys       []string
	sent       []int64 // taken here since the last exchange
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
		var args []any
		for i, n := range part.sent {
			rate := limit.RateOf(part.allowances[i].class, part.allowances[i].level)
			args = append(args, rate.Period.Microseconds()/int64(rate.Burst), 2*rate.Period.Microseconds(), n)
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
	for a, taken := range l.unsent {
		p := int(a.key % window.Partitions)
		part := parts[p]
		if part == nil {
			part = &exchangePart{}
			parts[p] = part
		}
		part.allowances = append(part.allowances, a)
		part.keys = append(part.keys, l.conn.Key(p, a.name()))
		part.sent = append(part.sent, taken)
	}
	return parts
}

// learn takes over for how many microseconds each allowance of part is not full in
// all processes. One that is full is no longer exchanged.
func (l *Limiter) learn(part *exchangePart, owed []int64, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, a := range part.allowances {
		l.unsent[a] -= part.sent[i]
		if owed[i] == 0 && l.unsent[a] == 0 {
			delete(l.unsent, a)
		}
		l.local.Delay(a.class, a.level, a.key, now.Add(time.Duration(owed[i])*time.Microsecond))
	}
}
