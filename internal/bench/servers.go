package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/outcry/outcry/pkg/redisconn"
)

const reportPath = "/api/v1/services/whatsapp/reports"

// discard ignores a report; the bare handler calls it.
func discard(context.Context, string, string, time.Time) error { return nil }

// serveYardstick serves a handler that decodes the same body as Outcry and
// answers nearly the same 202. It calls add for each report.
func serveYardstick(ctx context.Context, address string, add func(ctx context.Context, service, id string, at time.Time) error) error {
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	r.POST("/api/v1/services/:service/reports", func(c *gin.Context) {
		var body struct {
			Symptom string `json:"symptom"`
			Country string `json:"country"`
			Device  string `json:"device"`
		}
		if err := c.ShouldBindJSON(&body); err != nil {
			c.AbortWithStatus(http.StatusBadRequest)
			return
		}
		id, at := uuid.NewString(), time.Now()
		if err := add(c.Request.Context(), c.Param("service"), id, at); err != nil {
			c.AbortWithStatus(http.StatusServiceUnavailable)
			return
		}
		c.JSON(http.StatusAccepted, gin.H{
			"id": id, "service": c.Param("service"), "symptom": body.Symptom,
			"country": body.Country, "counted": true, "as_of": at.UTC(),
		})
	})
	server := &http.Server{Addr: address, Handler: r, ReadHeaderTimeout: 5 * time.Second}
	go func() {
		<-ctx.Done()
		server.Close() // a yardstick has no reports to store
	}()
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// serveSortedSet serves a yardstick that counts each report in a sorted set.
func serveSortedSet(ctx context.Context, address, redisURL string, together bool) (err error) {
	conn, err := redisconn.Open(ctx, redisconn.Options{URL: redisURL})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Client.Close()) }()
	p := plain{conn, together}
	return serveYardstick(ctx, address, func(ctx context.Context, service, id string, at time.Time) error {
		_, err := p.add(ctx, service, id, at)
		return err
	})
}

func (c contest) bareGin(ctx context.Context) (measurement, int64, error) {
	return c.yardstick(ctx, "bare-gin")
}

func (c contest) sortedSet(ctx context.Context, name string) (measurement, int64, error) {
	if err := emptyRedis(ctx, c.redisURL); err != nil {
		return measurement{}, 0, err
	}
	return c.yardstick(ctx, name, c.redisURL)
}

func (c contest) yardstick(ctx context.Context, name string, more ...string) (measurement, int64, error) {
	self, err := os.Executable()
	if err != nil {
		return measurement{}, 0, err
	}
	address, err := freeAddress()
	if err != nil {
		return measurement{}, 0, err
	}
	m, _, err := c.loadServer(ctx, exec.Command(self, append([]string{name, address}, more...)...), address, false)
	return m, 0, err
}

// embedded measures a fresh server with a data folder of its own.
func (c contest) embedded(ctx context.Context) (measurement, int64, error) {
	data, err := os.MkdirTemp("", "outcry-bench-")
	if err != nil {
		return measurement{}, 0, err
	}
	defer os.RemoveAll(data)
	return c.outcry(ctx, "OUTCRY_DATA="+data)
}

// distributed measures a fresh server on an empty Redis and a database of its
// own. From the database of an earlier round it would restore its windows.
func (c contest) distributed(ctx context.Context) (m measurement, counted int64, err error) {
	if err := emptyRedis(ctx, c.redisURL); err != nil {
		return m, 0, err
	}
	url, drop, err := freshDatabase(ctx, c.databaseURL)
	if err != nil {
		return m, 0, err
	}
	defer func() { err = errors.Join(err, drop()) }()
	return c.outcry(ctx, "OUTCRY_REDIS_URL="+c.redisURL, "OUTCRY_DATABASE_URL="+url)
}

// emptyRedis drops all data.
func emptyRedis(ctx context.Context, url string) error {
	conn, err := redisconn.Open(ctx, redisconn.Options{URL: url})
	if err != nil {
		return err
	}
	return errors.Join(conn.Client.FlushAll(ctx).Err(), conn.Client.Close())
}

// freshDatabase creates a database on the server of another one. It returns its
// URL and a function that drops it.
func freshDatabase(ctx context.Context, server string) (fresh string, drop func() error, err error) {
	u, err := url.Parse(server)
	if err != nil {
		return "", nil, errors.New("--database is not a URL")
	}
	name := "bench_" + strings.ToLower(rand.Text())
	if err := execute(ctx, server, "CREATE DATABASE "+name); err != nil {
		return "", nil, err
	}
	u.Path = "/" + name
	return u.String(), func() error {
		return execute(context.WithoutCancel(ctx), server, "DROP DATABASE "+name+" WITH (FORCE)")
	}, nil
}

func execute(ctx context.Context, server, statement string) error {
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		return fmt.Errorf("connect to the server of --database: %w", err)
	}
	_, err = conn.Exec(ctx, statement)
	return errors.Join(err, conn.Close(ctx))
}

func (c contest) outcry(ctx context.Context, settings ...string) (measurement, int64, error) {
	address, err := freeAddress()
	if err != nil {
		return measurement{}, 0, err
	}
	cmd := exec.Command(c.binary)
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "OUTCRY_") })
	cmd.Env = append(cmd.Env, "OUTCRY_LISTEN="+address, "OUTCRY_LIMITS=off", "OUTCRY_LOG=warn", "OUTCRY_DRAIN_WAIT=0s")
	cmd.Env = append(cmd.Env, settings...)
	return c.loadServer(ctx, cmd, address, true)
}

// loadServer runs a server under load and returns its measurement. If counts is
// set it also returns the number of reports that the server counted.
func (c contest) loadServer(ctx context.Context, cmd *exec.Cmd, address string, counts bool) (m measurement, counted int64, err error) {
	stop, err := start(cmd)
	if err != nil {
		return m, 0, err
	}
	defer stop()
	if err := waitFor(ctx, address); err != nil {
		return m, 0, err
	}
	m, err = c.load.run(ctx, "http://"+address+reportPath)
	if err != nil || !counts {
		return m, 0, err
	}
	counted, err = countedBy(ctx, address)
	return m, counted, err
}

// countedBy returns the number of reports that the server counted in the last
// half hour, once two answers in a row agree.
func countedBy(ctx context.Context, address string) (int64, error) {
	var before int64 = -1
	for range 20 {
		var split struct{ Total int64 }
		if err := get(ctx, "http://"+address+"/api/v1/services/whatsapp/breakdown?window=30m", &split); err != nil {
			return 0, err
		}
		if split.Total == before {
			return split.Total, nil
		}
		before = split.Total
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(1100 * time.Millisecond): // answers are cached for a second
		}
	}
	return 0, errors.New("the count did not settle")
}

func get(ctx context.Context, url string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("GET %s: %s", url, res.Status)
	}
	return json.NewDecoder(res.Body).Decode(into)
}

// start starts cmd and returns a function that ends it.
func start(cmd *exec.Cmd) (stop func(), err error) {
	var log strings.Builder
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s (scripts/build builds it): %w", cmd.Path, err)
	}
	return func() {
		cmd.Process.Signal(syscall.SIGTERM) // fails when the process has already ended
		if err := cmd.Wait(); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n%s", cmd.Path, err, log.String())
		}
	}, nil
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// waitFor returns once a server listens at address.
func waitFor(ctx context.Context, address string) error {
	deadline := time.Now().Add(15 * time.Second)
	for time.Now().Before(deadline) {
		c, err := net.DialTimeout("tcp", address, time.Second)
		if err == nil {
			return c.Close()
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
	return fmt.Errorf("nothing listens at %s after 15 s", address)
}
