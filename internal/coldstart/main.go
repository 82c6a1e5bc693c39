// Command coldstart measures how long a server takes from its start to the first
// report that it answers with 202, and how much memory it needs while nothing
// happens.
//
//	go run ./internal/coldstart                                     with an empty data folder
//	go run ./internal/coldstart -services 500 -days 28              with history
//	go run ./internal/coldstart -database URL -redis URL            in the distributed mode
//
// The Redis is emptied before each start. scripts/services prints URLs of servers
// that may be used for this.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/outcry/outcry/pkg/redisconn"
)

// options are what the command line says.
type options struct {
	binary          string
	runs            int
	services, days  int
	redis, database string
	idle            time.Duration
}

func main() {
	var o options
	flag.StringVar(&o.binary, "binary", "bin/outcry", "the program")
	flag.IntVar(&o.runs, "runs", 5, "how often it is started")
	flag.IntVar(&o.services, "services", 0, "services with history")
	flag.IntVar(&o.days, "days", 28, "days of history")
	flag.StringVar(&o.redis, "redis", "", "URL of a Redis that may be emptied")
	flag.StringVar(&o.database, "database", "", "URL of an empty Postgres database")
	flag.DurationVar(&o.idle, "idle", 30*time.Second, "how long the last server does nothing before its memory is read")
	flag.Parse()
	if err := measure(context.Background(), o); err != nil {
		fmt.Fprintln(os.Stderr, "coldstart:", err)
		os.Exit(1)
	}
}

// measure starts the server several times and prints the figures.
func measure(ctx context.Context, o options) (err error) {
	dir, err := os.MkdirTemp("", "outcry-coldstart-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	settings, err := o.settings(ctx, dir)
	if err != nil {
		return err
	}
	var times []time.Duration
	for run := range o.runs {
		data := filepath.Join(dir, "data")
		if o.services == 0 && o.database == "" {
			data += strconv.Itoa(run)
		}
		if o.redis != "" {
			if err := emptyRedis(ctx, o.redis); err != nil {
				return err
			}
		}
		s, took, err := start(ctx, o.binary, append(settings, "OUTCRY_DATA="+data))
		if err != nil {
			return err
		}
		times = append(times, took)
		if run == o.runs-1 {
			time.Sleep(o.idle)
			if err := s.printMemory(o.idle); err != nil {
				return errors.Join(err, s.stop())
			}
		}
		if err := s.stop(); err != nil {
			return err
		}
	}
	fmt.Printf("start to first 202, %d services of history: first %s", o.services, times[0].Round(time.Millisecond))
	slices.Sort(times)
	fmt.Printf(", median %s, longest %s of %d\n", times[len(times)/2].Round(time.Millisecond), times[len(times)-1].Round(time.Millisecond), len(times))
	return nil
}

// settings writes the history and returns the settings of a server that has it.
func (o options) settings(ctx context.Context, dir string) ([]string, error) {
	settings := []string{"OUTCRY_LOG=error", "OUTCRY_DRAIN_WAIT=0s", "HOME=" + dir}
	if o.database != "" {
		settings = append(settings, "OUTCRY_REDIS_URL="+o.redis, "OUTCRY_DATABASE_URL="+o.database)
	}
	if o.services == 0 {
		return settings, nil
	}
	extra := filepath.Join(dir, "extra.yaml")
	began := time.Now()
	if err := o.writeHistory(ctx, filepath.Join(dir, "data"), extra); err != nil {
		return nil, err
	}
	slog.Info("history written", "services", o.services, "days", o.days, "took", time.Since(began).Round(time.Second))
	return append(settings, "OUTCRY_CATALOG_EXTRA="+extra), nil
}

func emptyRedis(ctx context.Context, url string) error {
	conn, err := redisconn.Open(ctx, redisconn.Options{URL: url})
	if err != nil {
		return err
	}
	return errors.Join(conn.Client.FlushAll(ctx).Err(), conn.Client.Close())
}

// server is a running server.
type server struct {
	cmd *exec.Cmd
	log *strings.Builder
}

// start starts a server and returns it with the time until its first 202.
func start(ctx context.Context, binary string, settings []string) (*server, time.Duration, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, 0, err
	}
	s := &server{exec.Command(binary), &strings.Builder{}}
	s.cmd.Env, s.cmd.Stderr = append(settings, "OUTCRY_LISTEN="+address), s.log
	began := time.Now()
	if err := s.cmd.Start(); err != nil {
		return nil, 0, fmt.Errorf("start %s (scripts/build builds it): %w", binary, err)
	}
	for end := began.Add(time.Minute); time.Now().Before(end) && ctx.Err() == nil; time.Sleep(2 * time.Millisecond) {
		res, err := http.Post("http://"+address+"/api/v1/services/whatsapp/reports", "application/json", strings.NewReader(`{"symptom":"messaging"}`))
		if err != nil {
			continue // it does not listen yet
		}
		res.Body.Close()
		if res.StatusCode == http.StatusAccepted {
			return s, time.Since(began), nil
		}
	}
	return nil, 0, errors.Join(fmt.Errorf("no report was answered with 202 in a minute\n%s", s.log), s.stop())
}

// stop ends the server.
func (s *server) stop() error {
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	if err := s.cmd.Wait(); err != nil {
		return fmt.Errorf("%w\n%s", err, s.log)
	}
	return nil
}

// printMemory prints the resident memory of the server, as Linux counts it.
func (s *server) printMemory(after time.Duration) error {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return fmt.Errorf("read the memory of the server, which needs Linux: %w", err)
	}
	kilobytes := map[string]int{}
	for line := range strings.Lines(string(status)) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[2] == "kB" {
			kilobytes[strings.TrimSuffix(fields[0], ":")], _ = strconv.Atoi(fields[1])
		}
	}
	fmt.Printf("memory after %s: %d MB resident, of which %d MB are its own and %d MB pages of files; at most %d MB\n", after,
		kilobytes["VmRSS"]/1024, kilobytes["RssAnon"]/1024, kilobytes["RssFile"]/1024, kilobytes["VmHWM"]/1024)
	return nil
}
