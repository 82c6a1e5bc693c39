package redisconn

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
)

func TestOldVersionsAreRefused(t *testing.T) {
	c := &Conn{Client: (*redis.Client)(nil), log: slog.New(slog.DiscardHandler)}
	for version, good := range map[string]bool{"6.2.14": false, "": false, "7.0.0": true, "7.4.1": true, "8.2": true, "10.0": true} {
		err := c.checkNode(map[string]string{"redis_version": version, "aof_enabled": "1", "maxmemory_policy": "noeviction"})
		if (err == nil) != good || err != nil && !strings.Contains(err.Error(), "needs 7 or later") {
			t.Errorf("checkNode with version %q = %v, want an error: %t", version, err, !good)
		}
	}
}
