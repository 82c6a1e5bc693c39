package cluster

import (
	"strings"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/ingest"
	"github.com/outcry/outcry/pkg/redisconn"
	"github.com/outcry/outcry/pkg/report"
)

func keysAt(t *testing.T, k *DayKeys, now time.Time) (today report.DayKey, yesterday *report.DayKey) {
	t.Helper()
	p, yesterday, err := k.Keys(now)
	if err != nil {
		t.Fatalf("Keys(%v): %v", now, err)
	}
	return *p, yesterday
}

func TestProcessesShareTheKeysOfADay(t *testing.T) {
	onEachRedis(t, func(t *testing.T, connect func() *redisconn.Conn) {
		a, b := NewDayKeys(connect()), NewDayKeys(connect())
		evening := midnight.Add(-time.Hour)
		old, none := keysAt(t, a, evening)
		if none != nil {
			t.Error("on the first day there is a key of yesterday")
		}
		if theirs, _ := keysAt(t, b, evening); theirs != old {
			t.Error("two processes have two keys of a day")
		}
		today, yesterday := keysAt(t, b, midnight)
		if today == old || yesterday == nil || *yesterday != old {
			t.Error("at midnight the key does not become yesterday's")
		}
		if theirs, yesterday := keysAt(t, a, midnight); theirs != today || yesterday == nil || *yesterday != old {
			t.Error("after midnight two processes have different keys")
		}
		if before, _ := keysAt(t, a, midnight.Add(-1)); before != old {
			t.Error("a time just before midnight does not get the key of its day")
		}
		if _, yesterday := keysAt(t, a, midnight.Add(45*time.Minute)); yesterday != nil {
			t.Error("yesterday's key is still given after 45 minutes")
		}
		fresh := NewDayKeys(connect())
		if theirs, yesterday := keysAt(t, fresh, midnight); theirs != today || yesterday == nil || *yesterday != old {
			t.Error("a process that begins has other keys")
		}
	})
}

func TestKeysOutliveALossOfRedisButNotTwoDays(t *testing.T) {
	onEachRedis(t, func(t *testing.T, connect func() *redisconn.Conn) {
		conn := connect()
		a := NewDayKeys(conn)
		noon := midnight.Add(12 * time.Hour)
		old, _ := keysAt(t, a, midnight.Add(-1))
		key, _ := keysAt(t, a, midnight)
		day := ingest.DayOf(midnight)
		names := []string{conn.Key(0, dayKeyName(day)), conn.Key(0, dayKeyName(day-1))}
		if err := conn.Client.Del(t.Context(), names...).Err(); err != nil {
			t.Fatal(err)
		}
		if err := a.Forget(noon); err != nil { // it puts back what is lost
			t.Fatal(err)
		}
		if theirs, _ := keysAt(t, NewDayKeys(connect()), noon); theirs != key {
			t.Error("after a loss of Redis there is another key")
		}
		for i, most := range []time.Duration{36 * time.Hour, 12 * time.Hour} {
			if left := conn.Client.PTTL(t.Context(), names[i]).Val(); left <= most-time.Minute || left > most {
				t.Errorf("key %d of two goes away in %s, want %s", i, left, most)
			}
		}
		if err := a.Forget(midnight.Add(36 * time.Hour)); err != nil {
			t.Fatal(err)
		}
		if p := a.newest.Load(); *p.Today == old || *p.Yesterday != key {
			t.Error("memory does not hold the keys of two days")
		}
	})
}

func TestAClockThatJumpsDestroysNoSharedKey(t *testing.T) {
	onEachRedis(t, func(t *testing.T, connect func() *redisconn.Conn) {
		a := NewDayKeys(connect())
		before, _ := keysAt(t, a, midnight.Add(-time.Hour))
		today, _ := keysAt(t, a, midnight)
		if future, _ := keysAt(t, a, midnight.AddDate(0, 0, 10)); future == today || future == before {
			t.Error("ten days later the key of another day is given")
		}
		for name, k := range map[string]*DayKeys{"the process whose clock jumped": a, "another process": NewDayKeys(connect())} {
			back, yesterday := keysAt(t, k, midnight)
			if back != today || yesterday == nil || *yesterday != before {
				t.Errorf("%s has other keys after the clock went back", name)
			}
			if hourAgo, _ := keysAt(t, k, midnight.Add(-time.Hour)); hourAgo != before {
				t.Errorf("%s has another key an hour back, on the day before", name)
			}
		}
	})
}

func TestADamagedKeyInRedisIsAnError(t *testing.T) {
	onEachRedis(t, func(t *testing.T, connect func() *redisconn.Conn) {
		conn := connect()
		day := ingest.DayOf(midnight)
		for _, text := range []string{"00ff", strings.Repeat("x", 64), strings.Repeat("0", 66)} {
			if err := conn.Client.Set(t.Context(), conn.Key(0, dayKeyName(day)), text, time.Minute).Err(); err != nil {
				t.Fatal(err)
			}
			if _, _, err := NewDayKeys(conn).Keys(midnight); err == nil {
				t.Errorf("the key %q is used", text)
			}
		}
	})
}
