package redisconn

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// Facts describe a server of Redis for an operator. Texts are empty where the server
// does not say: many hosted ones refuse CONFIG.
type Facts struct {
	Version         string
	IsReplica       bool
	MaxMemory       int64 // bytes; 0 is no limit
	UsedMemory      int64
	MaxMemoryPolicy string
	HasAppendOnly   bool
	AppendFsync     string
	Save            string // when snapshots are written; empty is never, or not known
	CanConfig       bool   // CONFIG GET is allowed, so AppendFsync and Save are known
	FailedWrites    string // why the last write to disk failed; empty if it did not
	// Clock is the time of the server when the clock of this machine said Asked.
	Clock, Asked time.Time
	// These are of a node of a cluster.
	IsClusterNode bool
	ClusterState  string
	SlotsOK       int
	FullCoverage  string // yes, no, or empty
	CannotWrite   error  // why a key could not be written; nil if it could
}

// Inspect connects to the servers at url, as Open does, and returns what they say of
// themselves. It does not judge it.
func Inspect(ctx context.Context, url string, cluster bool) ([]Facts, error) {
	settings, err := parseURLs(url, cluster)
	if err != nil {
		return nil, fmt.Errorf("OUTCRY_REDIS_URL: %w", err)
	}
	settings.IsClusterMode = cluster
	settings.Protocol, settings.DisableIdentity = 2, true
	settings.DialTimeout, settings.ReadTimeout, settings.WriteTimeout = CallTimeout, CallTimeout, CallTimeout
	settings.MaxRetries, settings.ContextTimeoutEnabled = 1, true
	client := redis.NewUniversalClient(settings)
	defer client.Close()
	if err := client.Ping(ctx).Err(); err != nil {
		return nil, Redact(err)
	}
	nodes, ok := client.(*redis.ClusterClient)
	if !ok {
		f, err := inspectNode(ctx, client)
		return []Facts{f}, err
	}
	var mu sync.Mutex
	var all []Facts
	err = nodes.ForEachMaster(ctx, func(ctx context.Context, node *redis.Client) error {
		f, err := inspectNode(ctx, node)
		mu.Lock()
		defer mu.Unlock()
		all = append(all, f)
		return err
	})
	return all, Redact(err)
}

// inspectNode returns the facts of one server.
func inspectNode(ctx context.Context, node redis.UniversalClient) (Facts, error) {
	sections, err := node.InfoMap(ctx, "server", "memory", "persistence", "replication").Result()
	if err != nil {
		return Facts{}, Redact(err)
	}
	info := map[string]string{}
	for _, section := range sections {
		for name, value := range section {
			info[name] = value
		}
	}
	number := func(name string) int64 {
		n, _ := strconv.ParseInt(info[name], 10, 64) // 0 where the server does not say
		return n
	}
	f := Facts{
		Version: info["redis_version"], IsReplica: info["role"] == "slave", MaxMemory: number("maxmemory"), UsedMemory: number("used_memory"),
		MaxMemoryPolicy: info["maxmemory_policy"], HasAppendOnly: info["aof_enabled"] == "1", IsClusterNode: info["redis_mode"] == "cluster",
	}
	switch {
	case f.HasAppendOnly && info["aof_last_write_status"] == "err":
		f.FailedWrites = "the append-only file"
	case info["rdb_last_bgsave_status"] == "err":
		f.FailedWrites = "the snapshot"
	}
	began := time.Now()
	if f.Clock, err = node.Time(ctx).Result(); err != nil {
		return f, Redact(err)
	}
	f.Asked = began.Add(time.Since(began) / 2)
	if config, err := node.ConfigGet(ctx, "appendfsync").Result(); err == nil {
		f.CanConfig, f.AppendFsync = true, config["appendfsync"]
	}
	if config, err := node.ConfigGet(ctx, "save").Result(); err == nil {
		f.Save = config["save"]
	}
	if f.IsClusterNode {
		err := inspectMember(ctx, node, &f)
		return f, err
	}
	key := DefaultPrefix + "doctor"
	f.CannotWrite = Redact(node.Set(ctx, key, "1", time.Second).Err())
	return f, nil
}

// fieldsOf returns the lines NAME:VALUE of a text.
func fieldsOf(text string) map[string]string {
	fields := map[string]string{}
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		fields[name] = value
	}
	return fields
}

// inspectMember adds what a node says of its cluster.
func inspectMember(ctx context.Context, node redis.UniversalClient, f *Facts) error {
	text, err := node.ClusterInfo(ctx).Result()
	if err != nil {
		return Redact(err)
	}
	said := fieldsOf(text)
	f.ClusterState = said["cluster_state"]
	f.SlotsOK, _ = strconv.Atoi(said["cluster_slots_ok"]) // 0 where the server does not say
	if config, err := node.ConfigGet(ctx, "cluster-require-full-coverage").Result(); err == nil {
		f.FullCoverage = config["cluster-require-full-coverage"]
	}
	return nil
}
