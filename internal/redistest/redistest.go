// Package redistest connects tests to a Redis and a Redis Cluster with keys of
// their own, and starts servers that a test may stop.
package redistest

import (
	"context"
	"crypto/rand"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/outcry/outcry/pkg/redisconn"
)

// Connect opens a connection with a key prefix of its own. Its keys are deleted
// when the test ends.
type Connect func(testing.TB) *redisconn.Conn

// OnEach runs a test on a Redis and on a Redis Cluster. The test fails if one of
// them is not set up, or is skipped with -short.
func OnEach(t *testing.T, test func(*testing.T, Connect)) {
	t.Run("Redis", func(t *testing.T) {
		url := URL(t)
		test(t, func(t testing.TB) *redisconn.Conn { return openConn(t, url, false) })
	})
	t.Run("Redis Cluster", func(t *testing.T) {
		url := ClusterURL(t)
		test(t, func(t testing.TB) *redisconn.Conn { return openConn(t, url, true) })
	})
}

// URL returns the URL of the Redis for tests.
func URL(t testing.TB) string { return requireEnv(t, "OUTCRY_TEST_REDIS_URL") }

// ClusterURL returns the URLs of the nodes of the Redis Cluster for tests.
func ClusterURL(t testing.TB) string { return requireEnv(t, "OUTCRY_TEST_REDIS_CLUSTER") }

func requireEnv(t testing.TB, name string) string {
	t.Helper()
	value := os.Getenv(name)
	if value == "" && testing.Short() {
		t.Skipf("%s is not set", name)
	}
	if value == "" {
		t.Fatalf("%s is not set: scripts/services up starts what this test needs and prints it", name)
	}
	return value
}

func openConn(t testing.TB, url string, cluster bool) *redisconn.Conn {
	t.Helper()
	c, err := redisconn.Open(t.Context(), redisconn.Options{URL: url, Cluster: cluster, Prefix: rand.Text()[:8] + ":"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		DeleteKeys(t, c)
		if err := c.Client.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// DeleteKeys deletes all keys with the prefix of c, as FLUSHALL does for a
// server.
func DeleteKeys(t testing.TB, c *redisconn.Conn) {
	t.Helper()
	pipe := c.Client.Pipeline()
	for _, key := range Keys(t, c) {
		pipe.Del(context.Background(), key)
	}
	if pipe.Len() == 0 {
		return
	}
	if _, err := pipe.Exec(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// Keys returns all keys with the prefix of c.
func Keys(t testing.TB, c *redisconn.Conn) []string {
	t.Helper()
	pattern := strings.TrimSuffix(c.Key(0, ""), "{p00}:") + "{p*"
	var mu sync.Mutex
	var keys []string
	scan := func(ctx context.Context, node *redis.Client) error {
		for at := node.Scan(ctx, 0, pattern, 10_000).Iterator(); ; {
			if !at.Next(ctx) {
				return at.Err()
			}
			mu.Lock()
			keys = append(keys, at.Val())
			mu.Unlock()
		}
	}
	var err error
	switch client := c.Client.(type) {
	case *redis.ClusterClient:
		err = client.ForEachMaster(context.Background(), scan)
	case *redis.Client:
		err = scan(context.Background(), client)
	}
	if err != nil {
		t.Fatal(err)
	}
	return keys
}
