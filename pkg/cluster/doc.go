// Package cluster holds what the processes of one installation share in the
// distributed mode. It is all in Redis: the keys of the day, rate limits, leases
// of partitions, and the leader's conclusions. The windows are in Redis too, but
// belong to redisstore.
//
// A lease gives one process, its holder, the work of one of the 64 partitions.
// It holds for seconds and is renewed as long as the process lives. A term is
// the time in which one process holds a lease without interruption. Terms of a
// partition have rising numbers and do not overlap.
//
// The holder of partition 0 is the leader. It judges every service, writes its
// conclusions to Redis, and brings them from there to the archive. All other
// processes are followers: they show the leader's last judgement to readers.
// When the leader dies, another process takes the lease and continues from the
// conclusions in Redis. Every write of a leader names its term. A write of a
// term that is over fails with ErrNotLeading, so that a process that was paused
// cannot overwrite the conclusions of the next leader.
package cluster

import "github.com/outcry/outcry/pkg/redisconn"

// sharedPartition is the partition whose keys hold what does not belong to a
// single service. The holder of its lease is the leader.
const sharedPartition = 0

func sharedKey(conn *redisconn.Conn, name string) string { return conn.Key(sharedPartition, name) }
