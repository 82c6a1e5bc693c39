package cluster

import (
	"strings"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/redisconn"
	"github.com/outcry/outcry/pkg/report"
)

func sharedAt(t *testing.T, k *SharedDayKeys, now time.Time) (today report.DayKey, yesterday *report.DayKey) {
	t.Helper()
	p, yesterday, err := k.Keys(now)
	if err != nil {
		t.Fatalf("Keys(%v): %v", now, err)
	}
	return *p, yesterday
}

func TestProcessesShareTheKeysOfADay(t *testing.T) {
	onEachRedis(t, func(t *testing.T, connect func() *redisconn.Conn) {
		a, b := NewSharedDayKeys(connect()), NewSharedDayKeys(connect())
		evening := midnight.Add(-time.Hour)
		old, none := sharedAt(t, a, evening)
		if none != nil {
			t.Error("on the first day there is a key of yesterday")
		}
		if theirs, _ := sharedAt(t, b, evening); theirs != old {
			t.Error("two processes have two keys of a day")
		}
		today, yesterday := sharedAt(t, b, midnight)
		if today == old || yesterday == nil || *yesterday != old {
			t.Error("at midnight the key does not become yesterday's")
		}
		if theirs, yesterday := sharedAt(t, a, midnight); theirs != today || yesterday == nil || *yesterday != old {
			t.Error("after midnight two processes have different keys")
		}
		if before, _ := sharedAt(t, a, midnight.Add(-1)); before != old {
			t.Error("a time just before midnight does not get the key of its day")
		}
		if _, yesterday := sharedAt(t, a, midnight.Add(yesterdayFor)); yesterday != nil {
			t.Error("yesterday's key is still given after 45 minutes")
		}
		fresh := NewSharedDayKeys(connect())
		if theirs, yesterday := sharedAt(t, fresh, midnight); theirs != today || yesterday == nil || *yesterday != old {
			t.Error("a process that begins has other keys")
		}
	})
}

func TestSharedKeysOutliveALossOfRedisButNotTwoDays(t *testing.T) {
	onEachRedis(t, func(t *testing.T, connect func() *redisconn.Conn) {
		conn := connect()
		a := NewSharedDayKeys(conn)
		noon := midnight.Add(12 * time.Hour)
		old, _ := sharedAt(t, a, midnight.Add(-1))
		key, _ := sharedAt(t, a, midnight)
		day, _ := dayOf(midnight)
		names := []string{conn.Key(0, dayKeyName(day)), conn.Key(0, dayKeyName(day-1))}
		if err := conn.Del(t.Context(), names...).Err(); err != nil {
			t.Fatal(err)
		}
		if err := a.Forget(noon); err != nil { // it puts back what is lost
			t.Fatal(err)
		}
		if theirs, _ := sharedAt(t, NewSharedDayKeys(connect()), noon); theirs != key {
			t.Error("after a loss of Redis there is another key")
		}
		for i, most := range []time.Duration{36 * time.Hour, 12 * time.Hour} {
			if left := conn.PTTL(t.Context(), names[i]).Val(); left <= most-time.Minute || left > most {
				t.Errorf("key %d of two goes away in %s, want %s", i, left, most)
			}
		}
		if err := a.Forget(midnight.Add(36 * time.Hour)); err != nil {
			t.Fatal(err)
		}
		if p := a.newest.Load(); *p.today == old || *p.yesterday != key {
			t.Error("memory does not hold the keys of two days")
		}
	})
}

func TestADamagedSharedKeyIsTold(t *testing.T) {
	onEachRedis(t, func(t *testing.T, connect func() *redisconn.Conn) {
		conn := connect()
		day, _ := dayOf(midnight)
		for _, text := range []string{"00ff", strings.Repeat("x", 64), strings.Repeat("0", 66)} {
			if err := conn.Set(t.Context(), conn.Key(0, dayKeyName(day)), text, time.Minute).Err(); err != nil {
				t.Fatal(err)
			}
			if _, _, err := NewSharedDayKeys(conn).Keys(midnight); err == nil {
				t.Errorf("the key %q is used", text)
			}
		}
	})
}
