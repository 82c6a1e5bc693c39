package main

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"

	"github.com/outcry/outcry/internal/redistest"
)

// installation is a distributed Outcry: three processes on one Redis or Redis
// Cluster, and one Postgres.
type installation struct {
	t        *testing.T
	settings []string
	redis    []*redistest.Server
	postgres *daemon
	database string

	by []string // the command that starts servers, as in startServerBy

	mu      sync.Mutex
	servers []*server
}

// durable are the arguments of a Redis that loses nothing when it is killed.
var durable = []string{"--appendonly", "yes", "--appendfsync", "always"}

func startInstallation(t *testing.T, redis []*redistest.Server, settings ...string) *installation {
	t.Helper()
	return startInstallationBy(t, nil, redis, settings...)
}

func startInstallationBy(t *testing.T, by []string, redis []*redistest.Server, settings ...string) *installation {
	t.Helper()
	inst := &installation{t: t, by: by, servers: make([]*server, 3), redis: redis}
	inst.postgres, inst.database = startPostgres(t)
	inst.settings = append([]string{
		"OUTCRY_REDIS_URL=" + redistest.ClusterURLOf(redis), fmt.Sprintf("OUTCRY_REDIS_CLUSTER=%t", len(redis) > 1),
		"OUTCRY_DATABASE_URL=" + inst.database, "OUTCRY_LIMITS=off", "OUTCRY_LOG=info", "OUTCRY_TICK=1s",
	}, settings...)
	for i := range inst.servers {
		inst.startServer(i)
	}
	t.Cleanup(func() {
		for i, s := range inst.servers {
			if text := s.log.String(); leaks(text) {
				t.Errorf("the log of server %d holds an address:\n%s", i, text)
			} else if t.Failed() {
				t.Logf("log of server %d:\n%s", i, text)
			}
		}
	})
	return inst
}

// leaks reports whether a line of a log, other than the greeting, holds an
// address.
func leaks(log string) bool {
	for line := range strings.Lines(log) {
		if strings.Contains(line, "level=") && strings.Contains(line, "127.0.0.1:") {
			return true
		}
	}
	return false
}

func (inst *installation) startServer(i int) {
	inst.t.Helper()
	s := startServerBy(inst.t, inst.by, inst.t.TempDir(), inst.settings...)
	inst.mu.Lock()
	defer inst.mu.Unlock()
	inst.servers[i] = s
}

func (inst *installation) server(i int) *server {
	inst.mu.Lock()
	defer inst.mu.Unlock()
	return inst.servers[i]
}

// waitArchived waits until every report is archived.
func (inst *installation) waitArchived() {
	inst.t.Helper()
	waitFor(inst.t, "the backlog of the archive to end", func() bool {
		status, body := inst.server(0).get("/readyz")
		return status == http.StatusOK && strings.Contains(body, "archive backlog: 0 batches")
	})
	// The backlog is measured every two seconds, so that this measurement may be
	// older than the last report. The next one is not.
	before := time.Now()
	waitFor(inst.t, "a fresh measurement of the backlog", func() bool {
		status, body := inst.server(0).get("/readyz")
		return time.Since(before) > 3*time.Second && status == http.StatusOK && strings.Contains(body, "archive backlog: 0 batches")
	})
}

// checkCounts waits until every report is archived, and checks that the archive
// has each answered report once and as many reports of each service as the
// windows of every server. It returns the number of archived reports.
func (inst *installation) checkCounts(answered map[string]bool) int64 {
	inst.t.Helper()
	inst.waitArchived()
	since := time.Now()
	archived, byService := inst.archived()
	missing := 0
	for id := range answered {
		if archived[id] != 1 {
			missing++
		}
	}
	if missing > 0 {
		inst.t.Errorf("%d of %d reports that were answered as counted are not archived once", missing, len(answered))
	}
	for i := range inst.servers {
		for _, service := range troubled {
			want := byService[service]
			got := inst.inWindows(i, service, since)
			if got != want {
				inst.t.Errorf("server %d has %d reports of %s in its windows; the archive has %d", i, got, service, want)
			}
		}
	}
	var total int64
	for _, n := range byService {
		total += n
	}
	return total
}

// archived returns how often each ID is in the archive, and the number of
// archived reports of each service.
func (inst *installation) archived() (byID map[string]int, byService map[string]int64) {
	inst.t.Helper()
	db, err := openDatabase(inst.t, inst.database)
	if err != nil {
		inst.t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.QueryContext(inst.t.Context(), `SELECT r.id, s.slug FROM reports r JOIN services s ON s.id = r.service`)
	if err != nil {
		inst.t.Fatal(err)
	}
	defer rows.Close()
	byID, byService = map[string]int{}, map[string]int64{}
	for rows.Next() {
		var id, slug string
		if err := rows.Scan(&id, &slug); err != nil {
			inst.t.Fatal(err)
		}
		byID[id]++
		byService[slug]++
	}
	if err := rows.Err(); err != nil {
		inst.t.Fatal(err)
	}
	return byID, byService
}

// inWindows returns the number of reports of a service in the windows of a
// server after a time. It asks again while the answer is an older, cached one.
func (inst *installation) inWindows(i int, service string, since time.Time) int64 {
	inst.t.Helper()
	var split struct {
		Total int64
		AsOf  time.Time `json:"as_of"`
	}
	waitFor(inst.t, "the windows of "+service, func() bool {
		status, body := inst.server(i).get("/api/v1/services/" + service + "/breakdown?window=24h")
		return status == http.StatusOK && json.Unmarshal([]byte(body), &split) == nil && split.AsOf.After(since)
	})
	return split.Total
}

// openDatabase connects to a Postgres.
func openDatabase(t *testing.T, url string) (*sql.DB, error) {
	db, err := sql.Open("pgx", url)
	if err != nil {
		return nil, err
	}
	if err := db.PingContext(t.Context()); err != nil {
		db.Close()
		return nil, err
	}
	return db, nil
}
