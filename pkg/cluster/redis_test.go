package cluster

import (
	"crypto/rand"
	"os"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/redisconn"
)

var (
	noon     = time.Date(2022, 10, 25, 12, 0, 0, 0, time.UTC)
	midnight = time.Date(2022, 10, 26, 0, 0, 0, 0, time.UTC)
)

// onEachRedis runs a test on a Redis and on a Redis Cluster. Each call of
// connect is another process of the same installation.
func onEachRedis(t *testing.T, test func(t *testing.T, connect func() *redisconn.Conn)) {
	for _, server := range []struct {
		name, variable string
		cluster        bool
	}{
		{"Redis", "OUTCRY_TEST_REDIS_URL", false},
		{"Redis Cluster", "OUTCRY_TEST_REDIS_CLUSTER", true},
	} {
		t.Run(server.name, func(t *testing.T) {
			url := os.Getenv(server.variable)
			if url == "" && testing.Short() {
				t.Skipf("%s is not set", server.variable)
			}
			if url == "" {
				t.Fatalf("%s is not set: scripts/services up starts what this test needs and prints it", server.variable)
			}
			prefix := rand.Text()[:8] + ":"
			test(t, func() *redisconn.Conn {
				c, err := redisconn.Open(t.Context(), redisconn.Options{URL: url, Cluster: server.cluster, Prefix: prefix})
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() {
					if err := c.Client.Close(); err != nil {
						t.Error(err)
					}
				})
				return c
			})
		})
	}
}
