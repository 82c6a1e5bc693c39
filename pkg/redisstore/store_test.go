package redisstore

import (
	"context"
	"crypto/rand"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/outcry/outcry/pkg/redisconn"
	"github.com/outcry/outcry/pkg/storetest"
	"github.com/outcry/outcry/pkg/window"
)

// servers are the kinds of Redis that every test of the store runs on.
var servers = []struct {
	name, variable string
	cluster        bool
}{
	{"Redis", "OUTCRY_TEST_REDIS_URL", false},
	{"Redis Cluster", "OUTCRY_TEST_REDIS_CLUSTER", true},
}

// onEach runs a test on each kind of server.
func onEach(t *testing.T, test func(t *testing.T, connect func(*testing.T) *redisconn.Conn)) {
	for _, server := range servers {
		t.Run(server.name, func(t *testing.T) {
			url := os.Getenv(server.variable)
			if url == "" {
				t.Fatalf("%s is not set: scripts/services up starts what this test needs and prints it", server.variable)
			}
			test(t, func(t *testing.T) *redisconn.Conn { return connect(t, url, server.cluster) })
		})
	}
}

// connect opens a connection with keys of its own, which are gone afterwards.
func connect(t testing.TB, url string, cluster bool) *redisconn.Conn {
	t.Helper()
	c, err := redisconn.Open(t.Context(), redisconn.Options{URL: url, Cluster: cluster, Prefix: rand.Text()[:8] + ":"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if keys := keysOf(t, c); len(keys) > 0 {
			pipe := c.Pipeline()
			for _, key := range keys {
				pipe.Unlink(context.Background(), key)
			}
			if _, err := pipe.Exec(context.Background()); err != nil {
				t.Error(err)
			}
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// keysOf returns all keys of c's prefix.
func keysOf(t testing.TB, c *redisconn.Conn) []string {
	t.Helper()
	pattern := strings.TrimSuffix(c.Key(0, ""), "{p00}:") + "{p*"
	var mu sync.Mutex
	var keys []string
	scan := func(ctx context.Context, node *redis.Client) error {
		iter := node.Scan(ctx, 0, pattern, 10_000).Iterator()
		for iter.Next(ctx) {
			mu.Lock()
			keys = append(keys, iter.Val())
			mu.Unlock()
		}
		return iter.Err()
	}
	var err error
	switch client := c.UniversalClient.(type) {
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

func TestStore(t *testing.T) {
	onEach(t, func(t *testing.T, connect func(*testing.T) *redisconn.Conn) {
		storetest.Run(t, func(t *testing.T) window.Store { return New(connect(t), Options{}) })
	})
}

// Another process sees what the first one counted.
func TestStoreOfAnotherProcessGoesOn(t *testing.T) {
	onEach(t, func(t *testing.T, connect func(*testing.T) *redisconn.Conn) {
		for seed := range uint64(3) {
			c := connect(t)
			storetest.Compare(t, New(c, Options{}), 100+seed, func() window.Store { return New(c, Options{}) })
		}
	})
}

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
