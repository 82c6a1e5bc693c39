package redistest

import (
	"os/exec"
	"strings"
	"testing"
	"time"
)

// StartCluster starts a Redis Cluster of three masters with settings for one
// test, and returns them. It serves on when one of them is away.
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
		t.Fatalf("the cluster does not form: %v\n%s", err, out)
	}
	for _, node := range nodes {
		host, port, _ := strings.Cut(node.Addr(), ":")
		deadline := time.Now().Add(10 * time.Second)
		for {
			out, err := exec.Command("redis-cli", "-h", host, "-p", port, "cluster", "info").CombinedOutput()
			if err == nil && strings.Contains(string(out), "cluster_state:ok") {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("the cluster does not serve: %v\n%s", err, out)
			}
		}
	}
	return nodes
}

// ClusterURLOf returns where nodes are, as a setting says it.
func ClusterURLOf(nodes []*Server) string {
	var urls []string
	for _, node := range nodes {
		urls = append(urls, node.URL())
	}
	return strings.Join(urls, ",")
}
