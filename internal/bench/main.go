// Command bench measures Outcry beside a yardstick, in one run on one machine:
// single reports over HTTP into a real server process, against a bare Gin
// handler that decodes the same JSON and answers the same 202. Absolute figures
// depend on the machine; the ratio is what can be compared.
//
// The load generator is wrk, which must be installed. It shares the processors
// with the server it loads, for both sides alike.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
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

func run(ctx context.Context, args []string) error {
	if len(args) == 2 && args[0] == "bare-gin" {
		return serveBareGin(ctx, args[1])
	}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	binary := flags.String("outcry", "bin/outcry", "the program to measure")
	rounds := flags.Int("rounds", 3, "rounds; each measures both sides, the median ratio counts")
	duration := flags.Duration("duration", 10*time.Second, "length of one measurement")
	connections := flags.Int("connections", 256, "open connections")
	asJSON := flags.Bool("json", false, "print one JSON line per figure")
	if err := flags.Parse(args); err != nil {
		return err
	}
	load := load{Connections: *connections, Threads: 2, Duration: *duration}
	line, err := ingestEmbedded(ctx, *binary, load, *rounds)
	if err != nil {
		return err
	}
	if *asJSON {
		return json.NewEncoder(os.Stdout).Encode(line)
	}
	fmt.Printf("%-18s %12s %9s %9s   %s\n", "", "requests/s", "p50 ms", "p99 ms", "")
	fmt.Printf("%-18s %12.0f %9.2f %9.2f\n", line.Reference, line.ReferenceRPS, line.ReferenceP50, line.ReferenceP99)
	fmt.Printf("%-18s %12.0f %9.2f %9.2f   %.2f of %s\n", line.Bench, line.RPS, line.P50, line.P99, line.Ratio, line.Reference)
	fmt.Printf("\n%d connections, %d rounds of %s a side; medians. Every 202 was counted: %d answered, %d counted, at most %d were on their way.\n",
		*connections, *rounds, *duration, line.Answered, line.Counted, line.InFlight)
	return nil
}

// figure is one line of the result.
type figure struct {
	Bench        string  `json:"bench"`
	RPS          float64 `json:"rps"`
	P50          float64 `json:"p50_ms"`
	P99          float64 `json:"p99_ms"`
	Reference    string  `json:"reference"`
	ReferenceRPS float64 `json:"reference_rps"`
	ReferenceP50 float64 `json:"reference_p50_ms"`
	ReferenceP99 float64 `json:"reference_p99_ms"`
	Ratio        float64 `json:"ratio"`
	Answered     int64   `json:"answered"`
	Counted      int64   `json:"counted"`
	InFlight     int64   `json:"in_flight"`
}

// ingestEmbedded measures both sides in turn, so that a change of the machine's
// mood meets both.
func ingestEmbedded(ctx context.Context, binary string, l load, rounds int) (figure, error) {
	f := figure{Bench: "ingest-embedded", Reference: "bare-gin"}
	var ours, bare []measured
	var ratios []float64
	for round := range rounds {
		b, err := measureBareGin(ctx, l)
		if err != nil {
			return f, fmt.Errorf("round %d, bare Gin: %w", round+1, err)
		}
		o, counted, err := measureOutcry(ctx, binary, l)
		if err != nil {
			return f, fmt.Errorf("round %d, Outcry: %w", round+1, err)
		}
		ours, bare = append(ours, o), append(bare, b)
		ratios = append(ratios, o.RPS/b.RPS)
		f.Answered += o.Answered
		f.Counted += counted
		f.InFlight += int64(l.Connections)
	}
	rps := func(m measured) float64 { return m.RPS }
	p50 := func(m measured) float64 { return m.P50 }
	p99 := func(m measured) float64 { return m.P99 }
	f.RPS, f.P50, f.P99 = median(ours, rps), median(ours, p50), median(ours, p99)
	f.ReferenceRPS, f.ReferenceP50, f.ReferenceP99 = median(bare, rps), median(bare, p50), median(bare, p99)
	f.Ratio = median(ratios, func(r float64) float64 { return r })
	if f.Counted < f.Answered || f.Counted > f.Answered+f.InFlight {
		return f, errors.New("the figures are worthless: " +
			fmt.Sprintf("%d reports were answered with 202 and %d were counted", f.Answered, f.Counted))
	}
	return f, nil
}

func median[T any](all []T, of func(T) float64) float64 {
	values := make([]float64, 0, len(all))
	for _, one := range all {
		values = append(values, of(one))
	}
	slices.Sort(values)
	mid := len(values) / 2
	if len(values)%2 == 0 {
		return (values[mid-1] + values[mid]) / 2
	}
	return values[mid]
}
