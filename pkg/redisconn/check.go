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

// leastVersion is the oldest Redis that has what the scripts use.
const leastVersion = 7

// check asks every master whether it can serve, and warns of what would lose
// counts.
func (c *Conn) check(ctx context.Context, cluster bool) error {
	nodes, isCluster := c.UniversalClient.(*redis.ClusterClient)
	if !isCluster {
		info, err := nodeInfo(ctx, c.UniversalClient)
		if err != nil {
			return err
		}
		return c.checkNode(info)
	}
	var warn sync.Mutex
	err := nodes.ForEachMaster(ctx, func(ctx context.Context, node *redis.Client) error {
		info, err := nodeInfo(ctx, node)
		if err != nil {
			return err
		}
		warn.Lock()
		defer warn.Unlock()
		return c.checkNode(info)
	})
	if err != nil && strings.Contains(err.Error(), "cluster support disabled") {
		return errors.New("this Redis is not a cluster; leave OUTCRY_REDIS_CLUSTER out")
	}
	return Redact(err)
}

// ask returns what a node says of itself.
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

// judge tells whether a node can serve.
func (c *Conn) checkNode(info map[string]string) error {
	version := info["redis_version"]
	major, _, _ := strings.Cut(version, ".")
	if n, err := strconv.Atoi(major); err != nil || n < leastVersion {
		return fmt.Errorf("this Redis is version %q; Outcry needs %d or later", version, leastVersion)
	}
	if _, cluster := c.UniversalClient.(*redis.ClusterClient); !cluster && info["redis_mode"] == "cluster" {
		return errors.New("this Redis is a node of a Redis Cluster; set OUTCRY_REDIS_CLUSTER=true")
	}
	if policy := info["maxmemory_policy"]; policy != "noeviction" {
		c.log.Warn("Redis drops keys when its memory is full, and counts with them: set maxmemory-policy to noeviction", "maxmemory-policy", policy)
	}
	if info["aof_enabled"] != "1" {
		c.log.Warn("Redis keeps no log of what it is told (appendonly no): reports that were answered 202 and are not in the archive yet are lost with it")
	}
	return nil
}
