package cluster

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/outcry/outcry/pkg/ingest"
	"github.com/outcry/outcry/pkg/redisconn"
)

// Erasure removes day keys that have expired from the files of Redis. The
// append-only file holds the command that set a key until the file is rewritten,
// and a snapshot holds the key until there is another. So both are written anew
// once a day, on the node of the shared partition and its replicas in a cluster.
// One process at a time calls Run.
type Erasure struct {
	conn  *redisconn.Conn
	done  ingest.Day // for which all is erased
	nodes map[string]*erasing
}

// erasing is how far the erasure of a day has come on a node.
type erasing struct {
	day                 ingest.Day
	hasBegun            bool
	lastSave            string // when the last snapshot was, before the erasure
	isSaving, isWriting bool   // a snapshot or a rewrite was asked for and has not ended
}

// keyErased names the day for which all older keys are erased.
const keyErased = "daykeys:erased"

// NewErasure returns the Erasure of the Redis behind conn.
func NewErasure(conn *redisconn.Conn) *Erasure {
	return &Erasure{conn: conn, done: -1, nodes: map[string]*erasing{}}
}

// Run erases what expired when the day of now began. It does one step and does not
// wait for its end: callers repeat it every minute. Once all is erased, calls of
// that day do nothing.
func (e *Erasure) Run(ctx context.Context, now time.Time) error {
	day := ingest.DayOf(now)
	if e.done == day {
		return nil
	}
	if err := e.conn.Ready(sharedPartition); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 4*redisconn.CallTimeout)
	defer cancel()
	marker := sharedKey(e.conn, keyErased)
	erased, err := e.conn.Client.Get(ctx, marker).Result()
	if err != nil && !errors.Is(err, redis.Nil) {
		return redisconn.Redact(err)
	}
	if erased != day.String() {
		isErased, err := e.step(ctx, day)
		if err != nil || !isErased {
			return err
		}
		if err := e.conn.Client.Set(ctx, marker, day.String(), 48*time.Hour).Err(); err != nil {
			return redisconn.Redact(err)
		}
	}
	e.done = day
	return nil
}

// step takes the next step on each node, and reports whether all nodes have
// finished.
func (e *Erasure) step(ctx context.Context, day ingest.Day) (isErased bool, err error) {
	expired := sharedKey(e.conn, dayKeyName(day-2))
	if n, err := e.conn.Client.Exists(ctx, expired).Result(); err != nil || n > 0 {
		return false, redisconn.Redact(err) // the clock of Redis is a little behind
	}
	nodes, err := e.nodesOf(ctx, expired)
	if err != nil {
		return false, redisconn.Redact(err)
	}
	isErased = true
	for name, node := range nodes {
		s := e.nodes[name]
		if s == nil || s.day != day {
			s = &erasing{day: day}
			e.nodes[name] = s
		}
		isOver, stepErr := s.step(ctx, node)
		if stepErr != nil {
			err = errors.Join(err, fmt.Errorf("a key of %s may still be in a file of Redis; run BGREWRITEAOF and BGSAVE on each node: %w", day-2, redisconn.Redact(stepErr)))
		}
		isErased = isErased && isOver
	}
	return isErased, err
}

// nodesOf returns the nodes that hold a key, by their addresses.
func (e *Erasure) nodesOf(ctx context.Context, key string) (map[string]redis.Cmdable, error) {
	nodes, isCluster := e.conn.Client.(*redis.ClusterClient)
	if !isCluster {
		return map[string]redis.Cmdable{"": e.conn.Client}, nil
	}
	master, err := nodes.MasterForKey(ctx, key)
	if err != nil {
		return nil, err
	}
	data, err := replicationID(ctx, master)
	if err != nil {
		return nil, err
	}
	var mu sync.Mutex
	all := map[string]redis.Cmdable{master.Options().Addr: master}
	err = nodes.ForEachSlave(ctx, func(ctx context.Context, replica *redis.Client) error {
		theirs, err := replicationID(ctx, replica)
		if err == nil && theirs == data {
			mu.Lock()
			defer mu.Unlock()
			all[replica.Options().Addr] = replica
		}
		return err
	})
	return all, err
}

// replicationID returns what a master and its replicas have in common.
func replicationID(ctx context.Context, node redis.Cmdable) (string, error) {
	info, err := node.InfoMap(ctx, "replication").Result()
	return info["Replication"]["master_replid"], err
}

// step begins to write the files of a node anew, or looks whether that has ended.
func (s *erasing) step(ctx context.Context, node redis.Cmdable) (isOver bool, err error) {
	text, err := node.InfoMap(ctx, "persistence").Result()
	if err != nil {
		return false, err
	}
	info := text["Persistence"]
	isRewriting := info["aof_rewrite_in_progress"] == "1" || info["aof_rewrite_scheduled"] == "1"
	isSaving := info["rdb_bgsave_in_progress"] == "1"
	switch {
	case isRewriting || isSaving:
		return false, nil // perhaps one that began before the key expired
	case !s.hasBegun:
		s.hasBegun, s.lastSave = true, info["rdb_last_save_time"]
		s.isWriting, s.isSaving = info["aof_enabled"] == "1", savesSnapshots(ctx, node, info)
		if s.isWriting {
			return false, s.restartOn(node.BgRewriteAOF(ctx).Err())
		}
	case s.isWriting:
		if status := info["aof_last_bgrewrite_status"]; status != "ok" {
			return false, s.restartOn(fmt.Errorf("rewriting the append-only file ended with %q", status))
		}
		s.isWriting = false
	}
	if !s.isSaving {
		return true, nil
	}
	if info["rdb_last_save_time"] != s.lastSave {
		return true, nil
	}
	return false, s.restartOn(node.BgSave(ctx).Err())
}

// restartOn makes the next step begin again if there is an error, which it
// returns.
func (s *erasing) restartOn(err error) error {
	if err != nil {
		s.hasBegun = false
	}
	return err
}

// savesSnapshots reports whether a node keeps snapshots. Not every user of Redis may
// read its configuration.
func savesSnapshots(ctx context.Context, node redis.Cmdable, info map[string]string) bool {
	settings, err := node.ConfigGet(ctx, "save").Result()
	if err != nil {
		return info["rdb_saves"] != "0"
	}
	return strings.TrimSpace(settings["save"]) != ""
}
