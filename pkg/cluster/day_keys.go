package cluster

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/ingest"
	"github.com/outcry/outcry/pkg/redisconn"
	"github.com/outcry/outcry/pkg/report"
)

// dayKeyName returns the name of a day's key in the shared partition: a string
// in hexadecimal that expires when the day after is over.
func dayKeyName(day ingest.Day) string { return "daykey:" + day.String() }

// DayKeys are the keys of today and yesterday that all processes share. They are
// in the memory of each, and in Redis until two days are over. The first process
// that needs the key of a day makes it. When Redis loses a key, a process that
// has it puts it back.
type DayKeys struct {
	conn   *redisconn.Conn
	newest atomic.Pointer[ingest.KeyPair] // a pair does not change once it is stored here
	mu     sync.Mutex                     // held while newest changes
}

var _ ingest.DayKeys = (*DayKeys)(nil)

// NewDayKeys returns the keys in the Redis behind conn.
func NewDayKeys(conn *redisconn.Conn) *DayKeys {
	k := &DayKeys{conn: conn}
	k.newest.Store(&ingest.KeyPair{Day: -1})
	return k
}

// Keys returns the key of the UTC day of now and, in the first 45 minutes of it,
// the key of the day before if there is one. A call with a time just before
// midnight may come after one with a time after it. The error is
// fault.Unavailable.
func (k *DayKeys) Keys(now time.Time) (today, yesterday *report.DayKey, err error) {
	day := ingest.DayOf(now)
	p := k.newest.Load()
	if p.Day != day && (p.Day != day+1 || p.Yesterday == nil) {
		if p, err = k.changeDay(now, false); err != nil {
			return nil, nil, err
		}
	}
	today, yesterday = p.At(now)
	return today, yesterday, nil
}

// Forget destroys the keys in memory that are out of date at now. Those in Redis
// expire. It also puts back what Redis has lost.
func (k *DayKeys) Forget(now time.Time) error {
	if k.newest.Load().Day > ingest.DayOf(now) {
		return nil // another goroutine is past midnight already
	}
	_, err := k.changeDay(now, true)
	return err
}

// changeDay agrees with the other processes on the keys of the day of now and of
// the day before. It does so again for a day that it knows if again is set. The
// error is fault.Unavailable.
func (k *DayKeys) changeDay(now time.Time, again bool) (*ingest.KeyPair, error) {
	day := ingest.DayOf(now)
	k.mu.Lock()
	defer k.mu.Unlock()
	old := k.newest.Load()
	if !again && old.Day == day {
		return old, nil
	}
	next := &ingest.KeyPair{Day: day}
	proposed := new(report.DayKey)
	rand.Read(proposed[:]) // never fails, by its contract
	switch old.Day {
	case day:
		proposed, next.Yesterday = old.Today, old.Yesterday
	case day - 1:
		next.Yesterday = old.Today
	}
	ctx, cancel := context.WithTimeout(context.Background(), redisconn.CallTimeout)
	defer cancel()
	var todayErr, yesterdayErr error
	next.Today, todayErr = k.agree(ctx, now, day, proposed)
	next.Yesterday, yesterdayErr = k.agree(ctx, now, day-1, next.Yesterday)
	if err := errors.Join(todayErr, yesterdayErr); err != nil {
		return nil, &fault.Error{
			Kind: fault.Unavailable, Msg: "reports cannot be counted at the moment; try again later",
			RetryAfter: 2 * time.Second, Err: fmt.Errorf("read the day keys: %w", err),
		}
	}
	k.newest.Store(next)
	return next, nil
}

// agree returns the key of a day that Redis has. If Redis has none, it stores
// and returns the proposed key. If that is nil too, it returns nil.
func (k *DayKeys) agree(ctx context.Context, now time.Time, day ingest.Day, proposed *report.DayKey) (*report.DayKey, error) {
	if err := k.conn.Ready(sharedPartition); err != nil {
		return nil, err
	}
	name := sharedKey(k.conn, dayKeyName(day))
	var text string
	var err error
	if proposed == nil {
		text, err = k.conn.Client.Get(ctx, name).Result()
	} else {
		expiry := (day + 2).Start().Sub(now)
		text, err = k.conn.Client.SetArgs(ctx, name, hex.EncodeToString(proposed[:]), redis.SetArgs{Mode: "NX", Get: true, TTL: expiry}).Result()
	}
	if errors.Is(err, redis.Nil) { // Redis had none
		return proposed, nil
	}
	if err := k.conn.Observe(sharedPartition, err); err != nil {
		return nil, err
	}
	secret, err := hex.DecodeString(text)
	if err != nil || len(secret) != len(report.DayKey{}) {
		return nil, fmt.Errorf("the key of %s in Redis is damaged", day)
	}
	return (*report.DayKey)(secret), nil
}
