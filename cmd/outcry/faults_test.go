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
	// refusalTime is in how much time a report is refused that cannot be counted,
	// and returnTime how long after the return of Redis it can be again.
	refusalTime, returnTime = 2 * time.Second, 2 * time.Second
)

// TestFaultsOfADistributedHouse puts three processes under load and breaks one
// thing after the other. After each, everything that was answered as counted is
// in the archive once, and windows and archive hold the same.
func TestFaultsOfADistributedHouse(t *testing.T) {
	h := startHouse(t, []*redistest.Server{redistest.Start(t, durable...)})
	answered := map[string]bool{}
	fault := func(name string, happens func(t *testing.T, l *load)) { h.fault(t, name, answered, happens) }
	fault("a process is killed", func(t *testing.T, l *load) {
		h.server(1).kill()
		l.more(200)
		h.startServer(1)
	})
	fault("Redis is killed and comes back", func(t *testing.T, l *load) {
		h.redis[0].Kill()
		h.redis[0].Start()
		l.within(t, returnTime)
	})
	fault("Redis is paused", func(t *testing.T, l *load) {
		h.redis[0].Pause()
		pass(redisPaused)
		if status, body := h.server(0).get("/readyz"); status != http.StatusServiceUnavailable {
			t.Errorf("/readyz answers %d %s while Redis is away", status, body)
		}
		for _, path := range []string{"/api/v1/services/whatsapp/breakdown?window=24h", "/api/v1/services/whatsapp", "/whatsapp", "/"} {
			asked := time.Now()
			status, body := h.server(0).get(path)
			if took := time.Since(asked); status != http.StatusOK || took > refusalTime {
				t.Errorf("GET %s answers %d after %s while Redis is away; want the last known state: %.200s", path, status, took, body)
			}
		}
		h.redis[0].Resume()
		l.within(t, returnTime)
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.refused == 0 || l.slowest > refusalTime {
			t.Errorf("%d refusals, the slowest after %s; want some, each within %s", l.refused, l.slowest, refusalTime)
		}
	})
	fault("Postgres is away", func(t *testing.T, l *load) {
		h.postgres.end(syscall.SIGINT)
		pass(postgresAway)
		if status, body := h.server(0).get("/readyz"); status != http.StatusOK || strings.Contains(body, ": 0 batches") {
			t.Errorf("/readyz answers %d %s while the archive is away; want ok, and a backlog", status, body)
		}
		if l.refused > 0 {
			t.Errorf("%d reports were refused while the archive was away", l.refused)
		}
		h.postgres.start()
	})
	t.Run("Redis forgets everything, with nothing on its way", func(t *testing.T) {
		h.drained()
		h.flush(t, func() {})
		total := h.settle(answered)
		t.Logf("%d reports in the archive and in the windows of every process, difference 0", total)
	})
	t.Run("Redis forgets everything under load", func(t *testing.T) {
		l := h.load()
		l.more(500)
		h.flush(t, func() { l.more(500) })
		l.stop()
		h.drained()
		archived, _ := h.archived()
		lost := 0
		for id := range l.counted {
			if archived[id] == 0 {
				lost++
			}
			delete(l.counted, id)
		}
		total := h.settle(answered)
		t.Logf("%d reports that the archive had not been handed are lost; %d in the archive and in the windows of every process, difference 0", lost, total)
	})
}

// TestFaultsOfAHouseOnARedisCluster does the same where the windows are divided
// among the nodes of a cluster: what one of them has goes away and comes back
// while the others serve on.
func TestFaultsOfAHouseOnARedisCluster(t *testing.T) {
	h := startHouse(t, redistest.StartCluster(t, durable...))
	answered := map[string]bool{}
	h.fault(t, "a process is killed", answered, func(t *testing.T, l *load) {
		h.server(1).kill()
		l.more(200)
		h.startServer(1)
	})
	h.fault(t, "each node is killed and comes back", answered, func(t *testing.T, l *load) {
		for _, node := range h.redis {
			node.Kill()
			pass(3 * time.Second)
			node.Start()
			l.more(100)
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.refused == 0 {
			t.Error("no report was refused while its node was away")
		}
	})
	t.Run("all nodes forget everything, with nothing on its way", func(t *testing.T) {
		h.drained()
		h.flush(t, func() {})
		total := h.settle(answered)
		t.Logf("%d reports in the archive and in the windows of every process, difference 0", total)
	})
}

// fault lets something happen under load, and compares afterwards. It adds what
// was answered as counted to answered, which holds all that was before.
func (h *house) fault(t *testing.T, name string, answered map[string]bool, happens func(t *testing.T, l *load)) {
	t.Run(name, func(t *testing.T) {
		l := h.load()
		l.more(200)
		happens(t, l)
		l.more(200)
		l.stop()
		maps.Copy(answered, l.counted)
		total := h.settle(answered)
		if l.hintless > 0 {
			t.Errorf("%d of %d refusals came without Retry-After", l.hintless, l.refused)
		}
		t.Logf("%d reports answered as counted, %d refused (the slowest after %s); %d archived in all and in the windows of every process, difference 0",
			len(l.counted), l.refused, l.slowest.Round(time.Millisecond), total)
	})
	if t.Failed() {
		t.FailNow() // what follows would only repeat it
	}
}

// within waits for a report to be counted that was not when it was called.
func (l *load) within(t *testing.T, d time.Duration) {
	t.Helper()
	began := time.Now()
	l.more(1)
	if took := time.Since(began); took > d {
		t.Errorf("the next report was counted %s after the return, want at most %s", took, d)
	}
}

// pass lets a fault last.
func pass(d time.Duration) { <-time.After(d) }

// restorations is how many partitions were restored so far.
func (h *house) restorations() (n int) {
	for i := range h.servers {
		for _, line := range strings.Split(h.server(i).log.String(), "windows restored from the archive")[1:] {
			var partitions int
			if _, err := fmt.Sscanf(line, "\" partitions=%d", &partitions); err != nil {
				h.t.Fatalf("a line of the log reads %.80q", line)
			}
			n += partitions
		}
	}
	return n
}

// flush makes Redis forget everything and returns once every partition is
// restored. Meanwhile goes on under load.
func (h *house) flush(t *testing.T, meanwhile func()) {
	t.Helper()
	before := h.restorations()
	for _, server := range h.redis {
		client := redis.NewClient(&redis.Options{Addr: server.Addr()})
		err := client.FlushAll(t.Context()).Err()
		if err := errors.Join(err, client.Close()); err != nil {
			t.Fatal(err)
		}
	}
	meanwhile()
	waitFor(t, "the windows to come back", func() bool { return h.restorations() >= before+window.Partitions })
}
