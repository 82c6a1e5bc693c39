// Command bench compares Outcry with yardsticks, in one run on one machine.
//
// It sends single reports over HTTP to a real server process, embedded and on
// Redis and Postgres. The yardsticks are a bare Gin handler that decodes the same
// JSON and answers nearly the same 202, and a handler that counts in a sorted
// set of Redis. It also compares the memory that Redis needs for a million
// reporters. Absolute figures depend on the machine; compare the ratios.
//
// The load generator is wrk, which must be installed. It shares the processors
// with the server that it loads, for all sides alike.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// result is one line of the output, which can be written as text or as JSON.
type result interface {
	write(out io.Writer)
	json(out *json.Encoder) error
}

func run(ctx context.Context, args []string) error {
	if len(args) == 2 && args[0] == "bare-gin" {
		return serveYardstick(ctx, args[1], discard)
	}
	if len(args) == 3 && (args[0] == sortedSet || args[0] == sortedSetAtOnce) {
		return serveSortedSet(ctx, args[1], args[2], args[0] == sortedSetAtOnce)
	}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	binary := flags.String("outcry", "bin/outcry", "the program to measure")
	rounds := flags.Int("rounds", 3, "rounds; each measures all sides, the median ratio counts")
	duration := flags.Duration("duration", 10*time.Second, "length of one measurement")
	connections := flags.Int("connections", 256, "open connections")
	redisURL := flags.String("redis", "", "a Redis for the distributed mode, whose data is lost; without it only the embedded mode is measured")
	databaseURL := flags.String("database", "", "an empty Postgres for the distributed mode")
	reports := flags.Int("reports", 1_000_000, "reports whose memory in Redis is compared")
	asJSON := flags.Bool("json", false, "print one JSON line per figure")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if (*redisURL == "") != (*databaseURL == "") {
		return errors.New("--redis and --database go together")
	}
	in := contest{
		binary: *binary, redisURL: *redisURL, databaseURL: *databaseURL, rounds: *rounds,
		load: load{Connections: *connections, Threads: 2, Duration: *duration},
	}
	results, err := in.run(ctx)
	if err != nil {
		return err
	}
	if *redisURL != "" {
		memory, err := measureMemory(ctx, *redisURL, *reports)
		if err != nil {
			return err
		}
		results = append(results, memory)
	}
	if *asJSON {
		out := json.NewEncoder(os.Stdout)
		for _, r := range results {
			if err := r.json(out); err != nil {
				return err
			}
		}
		return nil
	}
	fmt.Printf("%-28s %12s %9s %9s\n", "", "requests/s", "p50 ms", "p99 ms")
	for _, r := range results {
		r.write(os.Stdout)
	}
	fmt.Printf("\n%d connections, %d rounds of %s a side; medians. Every 202 of Outcry was counted.\n", *connections, *rounds, *duration)
	return nil
}
