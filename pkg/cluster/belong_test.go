package cluster

import (
	"errors"
	"testing"

	"github.com/outcry/outcry/pkg/redisconn"
)

func TestRedisBelongsToOneArchive(t *testing.T) {
	onEachRedis(t, func(t *testing.T, connect func() *redisconn.Conn) {
		conn := connect()
		for range 2 {
			if err := Belong(t.Context(), conn, "ours"); err != nil {
				t.Fatal(err)
			}
		}
		if err := Belong(t.Context(), connect(), "theirs"); !errors.Is(err, ErrOtherArchive) {
			t.Errorf("another archive: %v, want ErrOtherArchive", err)
		}
		key := conn.Key(0, keyArchive)
		if left := conn.PTTL(t.Context(), key).Val(); left <= 0 || left > belongTime {
			t.Errorf("the name of the archive goes in %s, want it to hold for %s", left, belongTime)
		}
		conn.Del(t.Context(), key) // Redis is lost
		if err := Belong(t.Context(), conn, "theirs"); err != nil {
			t.Errorf("after the loss of Redis: %v", err)
		}
	})
}
