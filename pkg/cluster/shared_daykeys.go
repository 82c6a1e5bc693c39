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

// dayKeyName is the key of a date, of the partition 0: a string in hexadecimal
// that goes away when the day after is over.
func dayKeyName(day int64) string { return "daykey:" + date(day) }

// SharedDayKeys are the secrets of today and yesterday that all processes
// share: in their memory, and in Redis until two days are over. Whoever needs
// the key of a day first makes it. When Redis loses it a process puts it back.
type SharedDayKeys struct {
	conn   *redisconn.Conn
	newest atomic.Pointer[keyPair]
	mu     sync.Mutex // held while newest changes
}

var _ ingest.DayKeys = (*SharedDayKeys)(nil)

// NewSharedDayKeys returns the keys in the Redis behind conn.
func NewSharedDayKeys(conn *redisconn.Conn) *SharedDayKeys {
	k := &SharedDayKeys{conn: conn}
	k.newest.Store(&keyPair{day: -1})
	return k
}

// Keys returns the key of the UTC day of now and, in the first 45 minutes,
// yesterday's, if there was one. After midnight a time just before it still
// gets the key of its day.
func (k *SharedDayKeys) Keys(now time.Time) (today, yesterday *report.DayKey, err error) {
	day, since := dayOf(now)
	p := k.newest.Load()
	if p.day != day && (p.day != day+1 || p.yesterday == nil) {
		if p, err = k.turn(now, false); err != nil {
			return nil, nil, err
		}
	}
	if p.day == day+1 { // now was read just before midnight
		return p.yesterday, nil, nil
	}
	if since < yesterdayFor {
		yesterday = p.yesterday
	}
	return p.today, yesterday, nil
}

// Forget destroys in memory the keys that are out of date at now; Redis does so
// by itself. It also puts back what Redis has lost.
func (k *SharedDayKeys) Forget(now time.Time) error {
	day, _ := dayOf(now)
	if k.newest.Load().day > day {
		return nil // another goroutine was faster past midnight
	}
	_, err := k.turn(now, true)
	return err
}

// turn agrees with all processes on the keys of the day of now and of the day
// before. The error is fault.Unavailable.
func (k *SharedDayKeys) turn(now time.Time, again bool) (*keyPair, error) {
	day, _ := dayOf(now)
	k.mu.Lock()
	defer k.mu.Unlock()
	old := k.newest.Load()
	if !again && old.day == day {
		return old, nil
	}
	next := &keyPair{day: day}
	mine := new(report.DayKey)
	rand.Read(mine[:]) // never fails, by its contract
	switch old.day {
	case day:
		mine, next.yesterday = old.today, old.yesterday
	case day - 1:
		next.yesterday = old.today
	}
	ctx, cancel := context.WithTimeout(context.Background(), redisconn.CallTimeout)
	defer cancel()
	var errToday, errYesterday error
	next.today, errToday = k.agree(ctx, now, day, mine)
	next.yesterday, errYesterday = k.agree(ctx, now, day-1, next.yesterday)
	if err := errors.Join(errToday, errYesterday); err != nil {
		return nil, &fault.Error{
			Kind: fault.Unavailable, Msg: "reports cannot be counted at the moment; try again later",
			RetryAfter: 2 * time.Second, Err: fmt.Errorf("read the day keys: %w", err),
		}
	}
	k.newest.Store(next)
	return next, nil
}

// agree returns the key of a day that Redis has; if it has none, that is mine
// from now on. It is nil if mine is and nobody has another.
func (k *SharedDayKeys) agree(ctx context.Context, now time.Time, day int64, mine *report.DayKey) (*report.DayKey, error) {
	const partition = 0
	if err := k.conn.Ready(partition); err != nil {
		return nil, err
	}
	name := k.conn.Key(partition, dayKeyName(day))
	var text string
	var err error
	if mine == nil {
		text, err = k.conn.Get(ctx, name).Result()
	} else {
		text, err = k.conn.SetArgs(ctx, name, hex.EncodeToString(mine[:]), redis.SetArgs{Mode: "NX", Get: true, TTL: time.Unix((day+2)*24*60*60, 0).Sub(now)}).Result()
	}
	if errors.Is(err, redis.Nil) { // there was none
		return mine, nil
	}
	if err := k.conn.Observe(partition, err); err != nil {
		return nil, err
	}
	key := new(report.DayKey)
	if n, err := hex.Decode(key[:], []byte(text[:min(len(text), 2*len(key))])); err != nil || n != len(key) || len(text) != 2*len(key) {
		return nil, fmt.Errorf("the key of %s in Redis is damaged", date(day))
	}
	return key, nil
}
