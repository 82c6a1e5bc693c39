package cluster

import (
	"errors"
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
