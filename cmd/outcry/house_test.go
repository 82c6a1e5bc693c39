package main

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	_ "github.com/jackc/pgx/v5/stdlib"

	"github.com/outcry/outcry/internal/redistest"
)

// troubled are the services that the load reports, each in another partition
// of the windows.
var troubled = []string{"whatsapp", "telegram", "signal", "viber", "discord"}

// house is a distributed Outcry: three processes on one Redis, or one Redis
// Cluster, and one Postgres.
type house struct {
	t        *testing.T
	settings []string
	redis    []*redistest.Server
	postgres *daemon
	database string

	mu      sync.Mutex
	servers []*server
}

// durable is how a Redis runs that loses nothing when it is killed.
var durable = []string{"--appendonly", "yes", "--appendfsync", "always"}

func startHouse(t *testing.T, redis []*redistest.Server, settings ...string) *house {
	t.Helper()
	h := &house{t: t, servers: make([]*server, 3), redis: redis}
	h.postgres, h.database = startPostgres(t)
	h.settings = append([]string{
		"OUTCRY_REDIS_URL=" + redistest.ClusterURLOf(redis), fmt.Sprintf("OUTCRY_REDIS_CLUSTER=%t", len(redis) > 1),
		"OUTCRY_DATABASE_URL=" + h.database, "OUTCRY_LIMITS=off", "OUTCRY_LOG=info", "OUTCRY_TICK=1s",
	}, settings...)
	for i := range h.servers {
		h.startServer(i)
	}
	t.Cleanup(func() {
		for i, s := range h.servers {
			if text := s.log.String(); leaks(text) {
				t.Errorf("the log of server %d holds an address:\n%s", i, text)
			} else if t.Failed() {
				t.Logf("what server %d said:\n%s", i, text)
			}
		}
	})
	return h
}

// leaks tells whether a line of a log, other than the greeting, holds an
// address.
func leaks(log string) bool {
	for line := range strings.Lines(log) {
		if strings.Contains(line, "level=") && strings.Contains(line, "127.0.0.1:") {
			return true
		}
	}
	return false
}

func (h *house) startServer(i int) {
	h.t.Helper()
	s := startServer(h.t, h.t.TempDir(), h.settings...)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.servers[i] = s
}

func (h *house) server(i int) *server {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.servers[i]
}

// load reports problems through all servers until it is stopped. A report that
// was not answered is sent again, as a client would, to any server.
type load struct {
	house  *house
	ending chan struct{}
	wg     sync.WaitGroup

	mu       sync.Mutex
	counted  map[string]bool // IDs that were answered as counted
	refused  int
	slowest  time.Duration // answer that the service is unavailable
	hintless int           // such answers without Retry-After
	latest   time.Time     // of the last report that was counted
}

func (h *house) load() *load {
	const clients, pause = 12, 20 * time.Millisecond
	l := &load{house: h, ending: make(chan struct{}), counted: map[string]bool{}}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}, Timeout: 10 * time.Second}
	for c := range clients {
		l.wg.Go(func() {
			ticker := time.NewTicker(pause)
			defer ticker.Stop()
			id := uuid.NewString()
			for n := c; ; n++ {
				select {
				case <-l.ending:
					return
				case <-ticker.C:
				}
				if l.report(client, n, id) {
					id = uuid.NewString()
				}
			}
		})
	}
	return l
}

// report sends one report and tells whether it was answered for good.
func (l *load) report(client *http.Client, n int, id string) bool {
	s := l.house.server(n % 3)
	body := fmt.Sprintf(`{"symptom":"messaging","country":"IN","id":%q,"device":%q}`, id, id)
	began := time.Now()
	req, err := http.NewRequest(http.MethodPost, s.url+"/api/v1/services/"+troubled[int(id[0])%len(troubled)]+"/reports", strings.NewReader(body))
	if err != nil {
		l.house.t.Error(err)
		return true
	}
	req.Header.Set("Content-Type", "application/json")
	// Where the server believes it, everybody comes from a network of their own.
	req.Header.Set("X-Forwarded-For", fmt.Sprintf("81.%d.%d.7", id[1], id[2]))
	res, err := client.Do(req)
	if err != nil {
		return false // the server is gone
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		return false
	}
	took := time.Since(began)
	l.mu.Lock()
	defer l.mu.Unlock()
	switch res.StatusCode {
	case http.StatusAccepted:
		var answer struct{ Counted bool }
		if json.Unmarshal(data, &answer) != nil {
			return false
		}
		if answer.Counted {
			l.counted[id] = true
			l.latest = time.Now()
		}
		return true
	case http.StatusServiceUnavailable:
		l.refused++
		l.slowest = max(l.slowest, took)
		if res.Header.Get("Retry-After") == "" {
			l.hintless++
		}
	default:
		l.house.t.Errorf("a report was answered with %d %s", res.StatusCode, data)
	}
	return false
}

// stop ends the load and waits for it.
func (l *load) stop() {
	close(l.ending)
	l.wg.Wait()
}

// answered is how many reports were answered as counted so far.
func (l *load) answered() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.counted)
}

// more waits until n more reports were answered as counted.
func (l *load) more(n int) {
	l.house.t.Helper()
	before := l.answered()
	waitFor(l.house.t, fmt.Sprintf("%d more answers", n), func() bool { return l.answered() >= before+n })
}

// drained waits until nothing waits for the archive.
func (h *house) drained() {
	h.t.Helper()
	waitFor(h.t, "the backlog of the archive to end", func() bool {
		status, body := h.server(0).get("/readyz")
		return status == http.StatusOK && strings.Contains(body, "archive backlog: 0 batches")
	})
	// The backlog is looked at every two seconds: what it says may be older than
	// the last report. Another look makes sure.
	before := time.Now()
	waitFor(h.t, "a fresh look at the backlog", func() bool {
		status, body := h.server(0).get("/readyz")
		return time.Since(before) > 3*time.Second && status == http.StatusOK && strings.Contains(body, "archive backlog: 0 batches")
	})
}

// settle compares what was answered with the archive and the windows of every
// server: everything that was answered as counted is in both, once, and both
// have the same number of each service. It returns how many the archive has.
func (h *house) settle(answered map[string]bool) int64 {
	h.t.Helper()
	h.drained()
	drained := time.Now()
	archived, byService := h.archived()
	missing := 0
	for id := range answered {
		if archived[id] != 1 {
			missing++
		}
	}
	if missing > 0 {
		h.t.Errorf("%d of %d reports that were answered as counted are not archived once", missing, len(answered))
	}
	for i := range h.servers {
		for _, service := range troubled {
			want := byService[service]
			got := h.windowed(i, service, drained)
			if got != want {
				h.t.Errorf("server %d has %d reports of %s in its windows; the archive has %d", i, got, service, want)
			}
		}
	}
	var total int64
	for _, n := range byService {
		total += n
	}
	return total
}

// archived returns how often each ID is in the archive, and how many reports a
// service has there.
func (h *house) archived() (byID map[string]int, byService map[string]int64) {
	h.t.Helper()
	db, err := openDatabase(h.t, h.database)
	if err != nil {
		h.t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.QueryContext(h.t.Context(), `SELECT r.id, s.slug FROM reports r JOIN services s ON s.id = r.service`)
	if err != nil {
		h.t.Fatal(err)
	}
	defer rows.Close()
	byID, byService = map[string]int{}, map[string]int64{}
	for rows.Next() {
		var id, slug string
		if err := rows.Scan(&id, &slug); err != nil {
			h.t.Fatal(err)
		}
		byID[id]++
		byService[slug]++
	}
	if err := rows.Err(); err != nil {
		h.t.Fatal(err)
	}
	return byID, byService
}

// windowed is how many reports of a service a server has in its windows, as of
// a time or later: answers are cached for a second.
func (h *house) windowed(i int, service string, since time.Time) int64 {
	h.t.Helper()
	var split struct {
		Total int64
		AsOf  time.Time `json:"as_of"`
	}
	waitFor(h.t, "the windows of "+service, func() bool {
		status, body := h.server(i).get("/api/v1/services/" + service + "/breakdown?window=24h")
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
