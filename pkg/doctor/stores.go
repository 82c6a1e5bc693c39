package doctor

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/redisconn"
)

const (
	redisCheck    = "Redis"
	postgresCheck = "Postgres"
	clockCheck    = "clock"
	fileCheck     = "database file"
	// A minute is consumed 10 s after its end, so clocks must agree better than that.
	mostSkew, someSkew = 5 * time.Second, time.Second
	// ahead is how far the newest data may lie in the future.
	ahead = 2 * time.Minute
	// oldestRedis is the oldest major version of Redis that works.
	oldestRedis = 7
	// slots is the number of hash slots of a Redis Cluster.
	slots = 16384
)

// checkRedis reports a Redis that cannot be used, or that can lose reports.
func (e *exam) checkRedis(ctx context.Context) {
	if e.config.RedisURL == "" {
		return
	}
	before := len(e.findings)
	nodes, err := e.Redis(ctx, e.config.RedisURL, e.config.RedisCluster)
	if err != nil {
		e.fault(redisCheck, err.Error(), "check OUTCRY_REDIS_URL (and OUTCRY_REDIS_CLUSTER), that Redis runs, and that a firewall lets this machine reach it; until then every report is answered with 503")
		return
	}
	for i, n := range nodes {
		check := redisCheck
		if len(nodes) > 1 {
			check = fmt.Sprintf("%s node %d of %d", redisCheck, i+1, len(nodes))
		}
		e.checkRedisNode(check, n)
		e.checkClock("Redis", n.Asked, n.Clock)
	}
	e.sound(before+len(nodes), redisCheck, "version %s, %d servers, append-only file with appendfsync %s, no eviction", nodes[0].Version, len(nodes), textOr(nodes[0].AppendFsync, "unknown"))
}

func (e *exam) checkRedisNode(check string, n redisconn.Facts) {
	major, _, _ := strings.Cut(n.Version, ".")
	if v, err := strconv.Atoi(major); err != nil || v < oldestRedis {
		e.fault(check, fmt.Sprintf("the version is %q", n.Version), fmt.Sprintf("upgrade Redis to %d or later", oldestRedis))
	}
	if n.IsReplica {
		e.fault(check, "it is a replica, which takes no reports", "point OUTCRY_REDIS_URL to the master")
	}
	if n.CannotWrite != nil && !n.IsReplica {
		e.fault(check, fmt.Sprintf("a key cannot be written: %v", n.CannotWrite), "give the user in OUTCRY_REDIS_URL all commands on the keys outcry:*, and see whether Redis has memory left (maxmemory)")
	}
	e.checkRedisMemory(check, n)
	e.checkRedisDurability(check, n)
	switch {
	case n.IsClusterNode && !e.config.RedisCluster:
		e.fault(check, "it is a node of a Redis Cluster", "set OUTCRY_REDIS_CLUSTER=true")
	case n.IsClusterNode && (n.ClusterState != "ok" || n.SlotsOK < slots):
		e.fault(check, fmt.Sprintf("the state of the cluster is %q, with %d of %d slots served: reports of the services in the others are answered with 503", n.ClusterState, n.SlotsOK, slots),
			"start the nodes that are down, or run redis-cli --cluster fix")
	case n.IsClusterNode && n.FullCoverage == "yes":
		e.warn(check, "cluster-require-full-coverage is yes: when one node is away, no service can be counted", "run CONFIG SET cluster-require-full-coverage no on every node, and write it into redis.conf")
	}
}

// checkRedisMemory reports a Redis that forgets keys, or will have no room.
func (e *exam) checkRedisMemory(check string, n redisconn.Facts) {
	if n.MaxMemoryPolicy != "noeviction" {
		e.fault(check, fmt.Sprintf("maxmemory-policy is %q: when the memory is full, Redis deletes reports without a word", n.MaxMemoryPolicy),
			"run CONFIG SET maxmemory-policy noeviction, and write it into redis.conf")
	}
	if n.MaxMemory > 0 && n.UsedMemory > n.MaxMemory/10*8 {
		e.warn(check, fmt.Sprintf("%d of %d MB of its memory are used", n.UsedMemory>>20, n.MaxMemory>>20), "raise maxmemory; if the backlog of the archive grows, see to Postgres first")
	}
}

// checkRedisDurability reports what a Redis loses when it stops.
func (e *exam) checkRedisDurability(check string, n redisconn.Facts) {
	if n.FailedWrites != "" {
		e.fault(check, "writing "+n.FailedWrites+" to its disk failed", "see whether the disk of Redis is full or read-only; its log says why")
	}
	const do = "run CONFIG SET appendonly yes, and write it into redis.conf"
	switch {
	case n.HasAppendOnly && n.AppendFsync == "no":
		e.warn(check, "appendfsync is no: a power cut loses what the system had not written yet, up to half a minute", "run CONFIG SET appendfsync everysec (or always)")
	case n.HasAppendOnly:
	case n.Save != "":
		e.fault(check, "it writes snapshots only (save "+n.Save+"): when it stops, accepted reports since the last one that are not archived yet are lost", do)
	case n.CanConfig:
		e.fault(check, "it keeps nothing on disk (appendonly no): when it stops, accepted reports that are not archived yet are lost", do)
	default:
		e.fault(check, "it keeps no append-only file: when it stops, accepted reports that are not archived yet are lost", "ask your host to turn the append-only file on")
	}
}

// checkClock compares the clock of a store with that of this machine.
func (e *exam) checkClock(store string, asked, there time.Time) {
	check := clockCheck + " against " + store
	skew := there.Sub(asked)
	switch size := skew.Abs(); {
	case size > mostSkew:
		e.fault(check, fmt.Sprintf("the clock of %s is %s %s this one: minutes are judged before they are counted, or late", store, size.Round(time.Second), sideOf(skew)),
			"let a time service set the clocks of both machines: timedatectl set-ntp true, or chrony")
	case size > someSkew:
		e.warn(check, fmt.Sprintf("the clock of %s is %s %s this one", store, size.Round(time.Millisecond), sideOf(skew)), "let a time service set the clocks of both machines")
	default:
		e.ok(check, "%s apart", size.Round(time.Millisecond))
	}
}

// sideOf words in which direction a clock differs.
func sideOf(skew time.Duration) string {
	if skew < 0 {
		return "behind"
	}
	return "ahead of"
}

// checkPostgres reports a Postgres that cannot be used, or that can lose reports.
func (e *exam) checkPostgres(ctx context.Context) {
	if e.config.DatabaseURL == "" {
		return
	}
	before := len(e.findings)
	f, err := e.Postgres(ctx, e.config.DatabaseURL)
	if err != nil {
		e.fault(postgresCheck, err.Error(), "check OUTCRY_DATABASE_URL, that Postgres runs, and that pg_hba.conf and a firewall let this machine reach it; a server does not start without it")
		return
	}
	if major := f.Version / 10_000; major < archive.OldestPostgres {
		e.fault(postgresCheck, fmt.Sprintf("the version is %d", major), fmt.Sprintf("upgrade Postgres to %d or later", archive.OldestPostgres))
	}
	if f.TooNew != nil {
		e.fault(postgresCheck, f.TooNew.Error(), "start the newer version of Outcry; migrations only go forward")
	}
	e.checkPostgresRights(f)
	e.checkPostgresDurability(f)
	e.checkClock("Postgres", f.Asked, f.Clock)
	e.sound(before+1, postgresCheck, "version %d, tables are made in schema %s, commits are on disk before they are confirmed", f.Version/10_000, f.Schema)
}

// checkPostgresRights reports what a server may not do there.
func (e *exam) checkPostgresRights(f archive.PostgresFacts) {
	switch {
	case f.IsReadOnly:
		e.fault(postgresCheck, "it is a replica or read-only: nothing can be archived", "point OUTCRY_DATABASE_URL to the primary, and see whether default_transaction_read_only is set for the role")
	case f.Schema == "":
		e.fault(postgresCheck, "the search path has no schema that exists", "run CREATE SCHEMA public, or ALTER ROLE … SET search_path")
	case !f.CanCreate:
		e.fault(postgresCheck, "the role may not create tables in the schema "+f.Schema, "as its owner run GRANT CREATE, USAGE ON SCHEMA "+f.Schema+" TO the role of OUTCRY_DATABASE_URL, or make the role the owner of the database")
	}
	if f.SharesSessions {
		e.fault(postgresCheck, "a pooler in front gives a session to several clients at a time (PgBouncer with pool_mode transaction or statement): locks and prepared statements fail",
			"set pool_mode = session for this database in pgbouncer.ini, or connect to Postgres itself")
	}
	if f.Encoding != "UTF8" {
		e.fault(postgresCheck, "the encoding of the database is "+f.Encoding, "make the database anew with CREATE DATABASE … ENCODING 'UTF8'")
	}
	if f.MaxConnections < 2*archive.Connections {
		e.warn(postgresCheck, fmt.Sprintf("max_connections is %d, and each process opens up to %d", f.MaxConnections, archive.Connections), "raise max_connections to 10 for each process, and 10 for yourself")
	}
}

// checkPostgresDurability reports what a Postgres loses in a crash.
func (e *exam) checkPostgresDurability(f archive.PostgresFacts) {
	if f.Fsync == "off" {
		e.fault(postgresCheck, "fsync is off: a power cut may destroy the whole database", "set fsync = on in postgresql.conf and reload it")
	}
	if f.SynchronousCommit == "off" {
		e.fault(postgresCheck, "synchronous_commit is off: a crash loses reports that are no longer in Redis", "set synchronous_commit = on in postgresql.conf, or ALTER ROLE … SET synchronous_commit = on")
	}
	if f.FullPageWrites == "off" {
		e.warn(postgresCheck, "full_page_writes is off: a power cut may damage pages of the database", "set full_page_writes = on, unless the file system writes whole pages")
	}
}

// checkFile reports a database file that is damaged, or newer than the clock.
func (e *exam) checkFile(ctx context.Context) {
	if e.config.Distributed() {
		return
	}
	folder, err := e.Folder(e.config.Data)
	if err != nil || !folder.HasDatabase {
		return // the check of the folder says so
	}
	before, path := len(e.findings), filepath.Join(e.config.Data, archive.FileName)
	f, err := e.File(ctx, path)
	if err != nil {
		e.fault(fileCheck, fmt.Sprintf("%s cannot be read: %v", path, err), "see whether the user that runs Outcry owns the file, and whether the disk is healthy; else restore a backup")
		return
	}
	switch {
	case f.Damage != "":
		e.fault(fileCheck, fmt.Sprintf("%s is damaged: %s", path, f.Damage), "stop the server, keep a copy of the folder, and restore the last backup")
	case f.TooNew != nil:
		e.fault(fileCheck, f.TooNew.Error(), "start the newer version of Outcry; migrations only go forward")
	case f.Unchecked:
		e.warn(fileCheck, "the check for damage was cut off because the file is large", "run PRAGMA quick_check on a backup")
	}
	if lead := f.Newest.Sub(e.Now()); lead > ahead {
		e.fault(clockCheck+" against the data", fmt.Sprintf("the newest data are %s ahead of the clock, which was set back", lead.Round(time.Second)), "set the clock of this machine; a time service keeps it right: timedatectl set-ntp true")
	}
	e.sound(before, fileCheck, "SQLite %s, no damage", f.Version)
}

// textOr returns text, or another one if it is empty.
func textOr(text, other string) string {
	if text == "" {
		return other
	}
	return text
}
