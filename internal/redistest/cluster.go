package redistest

import (
	"os/exec"
	"strings"
	"testing"
	"time"
)

// StartCluster starts a Redis Cluster of three masters for one test and returns
// the masters. When one of them is down the others still serve their slots.
func StartCluster(t testing.TB, settings ...string) []*Server {
	t.Helper()
	args := []string{"--cluster", "create"}
	settings = append([]string{"--cluster-enabled", "yes", "--cluster-require-full-coverage", "no"}, settings...)
	var nodes []*Server
	for range 3 {
		node := Start(t, append([]string{"--cluster-port", freePort(t)}, settings...)...)
		nodes = append(nodes, node)
		args = append(args, node.Addr())
	}
	if out, err := exec.Command("redis-cli", append(args, "--cluster-yes")...).CombinedOutput(); err != nil {
		t.Fatalf("create a Redis Cluster: %v\n%s", err, out)
	}
	for _, node := range nodes {
		host, port, _ := strings.Cut(node.Addr(), ":")
		deadline := time.Now().Add(10 * time.Second)
		for ; ; <-time.After(20 * time.Millisecond) {
			out, err := exec.Command("redis-cli", "-h", host, "-p", port, "cluster", "info").CombinedOutput()
			if err == nil && strings.Contains(string(out), "cluster_state:ok") {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("the Redis Cluster is not ready after 10 s: %v\n%s", err, out)
			}
		}
	}
	return nodes
}

// ClusterURLOf returns the URLs of nodes in the form of the cluster setting.
func ClusterURLOf(nodes []*Server) string {
	var urls []string
	for _, node := range nodes {
		urls = append(urls, node.URL())
	}
	return strings.Join(urls, ",")
}
