package main

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/outcry/outcry/internal/redistest"
	"github.com/outcry/outcry/pkg/window"
)

const (
	// postgresAway and redisPaused are how long the faults of this test last.
	postgresAway = 60 * time.Second
	redisPaused  = 10 * time.Second
	// refusalTime bounds the time until a report that cannot be counted is refused,
	// returnTime the time after the return of Redis until one is counted again.
	refusalTime, returnTime = 2 * time.Second, 2 * time.Second
)

// TestNoReportIsLostInFaultsOfADistributedInstallation
// puts three processes under load and breaks one thing after the other. After
// each, every report that was answered as counted is archived once, and windows
// and archive agree.
func TestNoReportIsLostInFaultsOfADistributedInstallation(t *testing.T) {
	inst := startInstallation(t, []*redistest.Server{redistest.Start(t, durable...)})
	answered := map[string]bool{}
	fault := func(name string, happens func(t *testing.T, l *load)) { inst.fault(t, name, answered, happens) }
	fault("a process is killed", func(t *testing.T, l *load) {
		inst.server(1).kill()
		l.waitMore(200)
		inst.startServer(1)
	})
	fault("Redis is killed and comes back", func(t *testing.T, l *load) {
		inst.redis[0].Kill()
		inst.redis[0].Start()
		l.wantCountedWithin(t, returnTime)
	})
	fault("Redis is paused", func(t *testing.T, l *load) {
		inst.redis[0].Pause()
		pass(redisPaused)
		if status, body := inst.server(0).get("/readyz"); status != http.StatusServiceUnavailable {
			t.Errorf("/readyz answers %d %s while Redis is away", status, body)
		}
		for _, path := range []string{"/api/v1/services/whatsapp/breakdown?window=24h", "/api/v1/services/whatsapp", "/whatsapp", "/"} {
			asked := time.Now()
			status, body := inst.server(0).get(path)
			if took := time.Since(asked); status != http.StatusOK || took > refusalTime {
				t.Errorf("GET %s answers %d after %s while Redis is away; want the last known state: %.200s", path, status, took, body)
			}
		}
		inst.redis[0].Resume()
		l.wantCountedWithin(t, returnTime)
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.refused == 0 || l.slowest > refusalTime {
			t.Errorf("%d refusals, the slowest after %s; want some, each within %s", l.refused, l.slowest, refusalTime)
		}
	})
	fault("Postgres is away", func(t *testing.T, l *load) {
		inst.postgres.end(syscall.SIGINT)
		pass(postgresAway)
		if status, body := inst.server(0).get("/readyz"); status != http.StatusOK || strings.Contains(body, ": 0 batches") {
			t.Errorf("/readyz answers %d %s while the archive is away; want ok, and a backlog", status, body)
		}
		if l.refused > 0 {
			t.Errorf("%d reports were refused while the archive was away", l.refused)
		}
		inst.postgres.start()
	})
	t.Run("Redis forgets everything, with every report archived", func(t *testing.T) {
		inst.waitArchived()
		inst.flush(t, func() {})
		total := inst.checkCounts(answered)
		t.Logf("%d reports in the archive and in the windows of every process, difference 0", total)
	})
	t.Run("Redis forgets everything under load", func(t *testing.T) {
		l := inst.startLoad()
		l.waitMore(500)
		inst.flush(t, func() { l.waitMore(500) })
		l.stop()
		inst.waitArchived()
		archived, _ := inst.archived()
		lost := 0
		for id := range l.counted {
			if archived[id] == 0 {
				lost++
			}
			delete(l.counted, id)
		}
		total := inst.checkCounts(answered)
		t.Logf("%d reports that were not archived yet are lost; %d in the archive and in the windows of every process, difference 0", lost, total)
	})
}

// TestNoReportIsLostInFaultsOfARedisCluster divides the windows among the
// nodes of a cluster. One node after the other fails and returns while the others
// serve on.
func TestNoReportIsLostInFaultsOfARedisCluster(t *testing.T) {
	inst := startInstallation(t, redistest.StartCluster(t, durable...))
	answered := map[string]bool{}
	inst.fault(t, "a process is killed", answered, func(t *testing.T, l *load) {
		inst.server(1).kill()
		l.waitMore(200)
		inst.startServer(1)
	})
	inst.fault(t, "each node is killed and comes back", answered, func(t *testing.T, l *load) {
		for _, node := range inst.redis {
			node.Kill()
			pass(3 * time.Second)
			node.Start()
			l.waitMore(100)
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.refused == 0 {
			t.Error("no report was refused while its node was away")
		}
	})
	t.Run("all nodes forget everything, with every report archived", func(t *testing.T) {
		inst.waitArchived()
		inst.flush(t, func() {})
		total := inst.checkCounts(answered)
		t.Logf("%d reports in the archive and in the windows of every process, difference 0", total)
	})
}

// fault lets something happen under load, and checks the counts afterwards. It
// adds the reports answered as counted to answered, which holds those of earlier
// faults.
func (inst *installation) fault(t *testing.T, name string, answered map[string]bool, happens func(t *testing.T, l *load)) {
	t.Run(name, func(t *testing.T) {
		l := inst.startLoad()
		l.waitMore(200)
		happens(t, l)
		l.waitMore(200)
		l.stop()
		maps.Copy(answered, l.counted)
		total := inst.checkCounts(answered)
		if l.hintless > 0 {
			t.Errorf("%d of %d refusals came without Retry-After", l.hintless, l.refused)
		}
		t.Logf("%d reports answered as counted, %d refused (the slowest after %s); %d archived in all and in the windows of every process, difference 0",
			len(l.counted), l.refused, l.slowest.Round(time.Millisecond), total)
	})
	if t.Failed() {
		t.FailNow() // later faults would only repeat the failure
	}
}

// wantCountedWithin waits until one more report is counted, which must take at
// most d.
func (l *load) wantCountedWithin(t *testing.T, d time.Duration) {
	t.Helper()
	began := time.Now()
	l.waitMore(1)
	if took := time.Since(began); took > d {
		t.Errorf("the next report was counted %s after the return, want at most %s", took, d)
	}
}

// pass lets d pass while a fault lasts.
func pass(d time.Duration) { <-time.After(d) }

// restorations returns the number of partitions restored so far.
func (inst *installation) restorations() (n int) {
	for i := range inst.servers {
		for _, line := range strings.Split(inst.server(i).log.String(), "the counts in Redis were restored from Postgres")[1:] {
			var partitions int
			if _, err := fmt.Sscanf(line, "\" partitions=%d", &partitions); err != nil {
				inst.t.Fatalf("a line of the log reads %.80q", line)
			}
			n += partitions
		}
	}
	return n
}

// flush deletes everything in Redis, calls meanwhile, and waits until every
// partition is restored.
func (inst *installation) flush(t *testing.T, meanwhile func()) {
	t.Helper()
	before := inst.restorations()
	for _, server := range inst.redis {
		client := redis.NewClient(&redis.Options{Addr: server.Addr()})
		err := client.FlushAll(t.Context()).Err()
		if err := errors.Join(err, client.Close()); err != nil {
			t.Fatal(err)
		}
	}
	meanwhile()
	waitFor(t, "the windows to come back", func() bool { return inst.restorations() >= before+window.Partitions })
}
