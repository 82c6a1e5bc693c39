package cluster

import (
	"errors"
	"strconv"
	"testing"

	"github.com/outcry/outcry/pkg/redisconn"
)

func TestRedisBindArchivesToOneArchive(t *testing.T) {
	onEachRedis(t, func(t *testing.T, connect func() *redisconn.Conn) {
		conn := connect()
		for range 2 {
			if err := BindArchive(t.Context(), conn, "ours"); err != nil {
				t.Fatal(err)
			}
		}
		if err := BindArchive(t.Context(), connect(), "theirs"); !errors.Is(err, ErrOtherArchive) {
			t.Errorf("another archive: %v, want ErrOtherArchive", err)
		}
		key := conn.Key(0, keyArchive)
		if left := conn.Client.PTTL(t.Context(), key).Val(); left <= 0 || left > bindingTime {
			t.Errorf("the name of the archive goes in %s, want it to hold for %s", left, bindingTime)
		}
		conn.Client.Del(t.Context(), key) // Redis is lost
		if err := BindArchive(t.Context(), conn, "theirs"); err != nil {
			t.Errorf("after the loss of Redis: %v", err)
		}
	})
}

// TestAProcessRefusesWindowsOfANewerVersion writes to Redis what a later version would.
func TestAProcessRefusesWindowsOfANewerVersion(t *testing.T) {
	onEachRedis(t, func(t *testing.T, connect func() *redisconn.Conn) {
		conn := connect()
		key := conn.Key(0, keyLayout)
		for _, c := range []struct {
			stored any // nil is what versions without the key left
			want   error
		}{{nil, nil}, {layoutNeeded, nil}, {layoutKnown, nil}, {layoutKnown + 1, ErrNewerLayout}} {
			conn.Client.Del(t.Context(), key)
			if c.stored != nil {
				conn.Client.Set(t.Context(), key, c.stored, bindingTime)
			}
			for range 2 {
				if err := BindArchive(t.Context(), conn, "ours"); !errors.Is(err, c.want) {
					t.Errorf("with the layout %v in Redis: %v, want %v", c.stored, err, c.want)
				}
			}
			if c.want == nil {
				want := layoutNeeded
				if n, ok := c.stored.(int); ok {
					want = max(want, n)
				}
				if got, left := conn.Client.Get(t.Context(), key).Val(), conn.Client.PTTL(t.Context(), key).Val(); got != strconv.Itoa(want) || left <= 0 {
					t.Errorf("with %v before, Redis holds the layout %q for %s, want %d", c.stored, got, left, want)
				}
			}
		}
	})
}
