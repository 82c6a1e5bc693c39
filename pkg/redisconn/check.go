package redisconn

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"
)

// minVersion is the oldest major version of Redis that has what the scripts use.
const minVersion = 7

// check returns an error if a master cannot serve Outcry. It logs a warning for
// each configuration that can lose counts.
func (c *Conn) check(ctx context.Context) error {
	nodes, ok := c.Client.(*redis.ClusterClient)
	if !ok {
		info, err := nodeInfo(ctx, c.Client)
		if err != nil {
			return err
		}
		return c.checkNode(info)
	}
	var mu sync.Mutex
	err := nodes.ForEachMaster(ctx, func(ctx context.Context, node *redis.Client) error {
		info, err := nodeInfo(ctx, node)
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		return c.checkNode(info)
	})
	if err != nil && strings.Contains(err.Error(), "cluster support disabled") {
		return errors.New("this Redis is not a cluster; leave OUTCRY_REDIS_CLUSTER out")
	}
	return Redact(err)
}

// nodeInfo returns the fields of INFO of a node.
func nodeInfo(ctx context.Context, node redis.Cmdable) (map[string]string, error) {
	text, err := node.InfoMap(ctx, "server", "memory", "persistence").Result()
	if err != nil {
		return nil, Redact(err)
	}
	info := map[string]string{}
	for _, section := range text {
		for name, value := range section {
			info[name] = value
		}
	}
	return info, nil
}

// checkNode returns an error if the node with these fields of INFO cannot serve.
// It logs a warning if the node can lose counts.
func (c *Conn) checkNode(info map[string]string) error {
	version := info["redis_version"]
	major, _, _ := strings.Cut(version, ".")
	if n, err := strconv.Atoi(major); err != nil || n < minVersion {
		return fmt.Errorf("this Redis is version %q; Outcry needs %d or later", version, minVersion)
	}
	if _, cluster := c.Client.(*redis.ClusterClient); !cluster && info["redis_mode"] == "cluster" {
		return errors.New("this Redis is a node of a Redis Cluster; set OUTCRY_REDIS_CLUSTER=true")
	}
	if policy := info["maxmemory_policy"]; policy != "noeviction" {
		c.log.Warn("Redis evicts keys when its memory is full, and reports are lost with them; set maxmemory-policy to noeviction", "maxmemory-policy", policy)
	}
	if info["aof_enabled"] != "1" {
		c.log.Warn("Redis keeps no append-only file (appendonly no); if it stops, accepted reports that are not archived yet are lost")
	}
	return nil
}
