package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/outcry/outcry/pkg/config"
	"github.com/outcry/outcry/pkg/replay"
	"github.com/outcry/outcry/pkg/scenario"
)

// simulateFlags are what the command line of simulate says.
type simulateFlags struct {
	name            string // of the scenario
	asJSON, verbose bool
	seed            int64
	to, key         string
	speed           float64
	reports         float64
	services        int
}

// parseSimulate reads the command line.
func parseSimulate(args []string) (simulateFlags, error) {
	var f simulateFlags
	flags := flag.NewFlagSet("simulate", flag.ContinueOnError)
	flags.Usage = func() {
		fmt.Fprintf(flags.Output(), "Usage: outcry simulate NAME|FILE [--json] [--seed N] [--to URL --speed N --key KEY | --reports N --services N]\n\nReplays an outage and compares it with what the press printed.\n\nScenarios:\n  %s\n\n", strings.Join(scenario.Names(), "\n  "))
		flags.PrintDefaults()
	}
	flags.BoolVar(&f.asJSON, "json", false, "print the result for a program")
	flags.Int64Var(&f.seed, "seed", scenario.DefaultSeed, "seed of the replay")
	flags.StringVar(&f.to, "to", "", "replay live into the server at this URL, which must run with OUTCRY_SIMULATED=true")
	flags.Float64Var(&f.speed, "speed", 20, "with --to: how many times faster than it happened")
	flags.StringVar(&f.key, "key", "", "with --to: a key of scope server (default: OUTCRY_KEY)")
	flags.Float64Var(&f.reports, "reports", 0, "count about as many reports in the distributed mode, as fast as it goes and without a detector; OUTCRY_REDIS_URL and OUTCRY_DATABASE_URL name an empty Redis and an empty Postgres")
	flags.IntVar(&f.services, "services", 3500, "with --reports: how many services, copies of those of the scenario")
	flags.BoolVar(&f.verbose, "verbose", false, "log what happens on standard error")
	rest := args
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		f.name, rest = args[0], args[1:]
	}
	if err := parse(flags, rest); err != nil {
		return f, err
	}
	switch {
	case f.name == "" && flags.NArg() == 1:
		f.name = flags.Arg(0)
	case flags.NArg() > 0 || f.name == "":
		return f, fmt.Errorf("simulate takes one scenario: %s, or a .yaml file", strings.Join(scenario.Names(), ", "))
	}
	switch {
	case f.to == "" && given(flags, "speed", "key"):
		return f, errors.New("--speed and --key go with --to URL; without it the replay is as fast as it can be")
	case f.to != "" && f.reports > 0:
		return f, errors.New("--reports is for a flood in this process; it does not go with --to")
	}
	return f, nil
}

// simulate replays a scenario and prints the measured numbers beside the published
// ones. It exits with 2 if they differ by more than the scenario allows.
func simulate(ctx context.Context, args []string) error {
	f, err := parseSimulate(args)
	if err != nil {
		return err
	}
	s, err := scenario.Load(f.name)
	if err != nil {
		return err
	}
	progress := progressFor(os.Stderr)
	if f.to != "" {
		return play(ctx, s, &replay.Player{
			URL: f.to, Key: firstOf(f.key, os.Getenv("OUTCRY_KEY")), Speed: f.speed, Seed: f.seed,
			Progress: progress, Client: &http.Client{Timeout: 30 * time.Second},
		})
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	if f.verbose {
		log, progress = slog.New(slog.NewTextHandler(os.Stderr, nil)), nil
	}
	if f.reports > 0 {
		return flood(ctx, s.Scaled(f.services, f.reports), f.seed, f.asJSON, progress, log)
	}
	result, err := replay.Simulate(ctx, s, f.seed, progress, log)
	if err != nil {
		return err
	}
	if f.asJSON {
		out := json.NewEncoder(os.Stdout)
		out.SetIndent("", "  ")
		err = out.Encode(result)
	} else {
		err = result.WriteTable(os.Stdout)
	}
	if err == nil && !result.OK {
		err = exitCode(2)
	}
	return err
}

// flood counts a scaled scenario in the distributed mode and prints the number of
// reports in each store. It exits with 2 if a number is wrong.
func flood(ctx context.Context, s *scenario.Scenario, seed int64, asJSON bool, progress *replay.Progress, log *slog.Logger) error {
	cfg, err := config.Load(os.Environ())
	if err != nil {
		return err
	}
	f, err := replay.Flood(ctx, cfg, s, seed, progress, log)
	if err != nil {
		return err
	}
	if asJSON {
		err = f.WriteJSON(os.Stdout)
	} else {
		err = f.WriteText(os.Stdout)
	}
	if err == nil && !f.OK() {
		err = exitCode(2)
	}
	return err
}

// lead is the time before the onset that a live replay includes.
const lead = 40 * time.Minute

// play replays a scenario live into a server and prints how many reports it sent.
func play(ctx context.Context, s *scenario.Scenario, p *replay.Player) error {
	u, err := url.Parse(p.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return fmt.Errorf("--to: %s is not an address such as http://localhost:8080", p.URL)
	}
	u.Path = strings.TrimRight(u.Path, "/")
	p.URL = u.String()
	if p.Speed <= 0 || p.Key == "" {
		return errors.New("simulate --to needs a --speed above 0 and a key of scope server; outcry keys create --scope server makes one")
	}
	if err := p.CheckServer(ctx); err != nil {
		return err
	}
	s = s.WithLead(lead)
	scaled := func(d time.Duration) time.Duration {
		return time.Duration(float64(d) / p.Speed).Round(time.Second)
	}
	fmt.Fprintf(os.Stderr, "Replaying %s into %s, %g times as fast as it happened: %s.\n", s.Name, p.URL, p.Speed, scaled(s.End.Sub(s.Start)))
	for _, service := range s.Services {
		if service.Role == scenario.Story {
			fmt.Fprintf(os.Stderr, "The outage begins in %s. Watch %s/%s.\n", scaled(service.Onset.Sub(s.Start)), p.URL, service.Slug)
			break
		}
	}
	played, err := p.Play(ctx, s)
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		fmt.Fprintln(os.Stderr, "\nThe replay was stopped.")
		err = exitCode(130)
	}
	fmt.Fprintf(os.Stderr, "%d reports sent: %d counted, %d repeats, %d rejected.\n", played.Sent, played.Counted, played.Repeats, played.Rejected)
	return err
}

// progressFor returns a progress bar on w, or nil if w is not a terminal.
func progressFor(w *os.File) *replay.Progress {
	if info, err := w.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return nil
	}
	return replay.NewProgress(w)
}

// given reports whether any of the flags is on the command line.
func given(flags *flag.FlagSet, names ...string) bool {
	found := false
	flags.Visit(func(f *flag.Flag) { found = found || slices.Contains(names, f.Name) })
	return found
}

// firstOf returns the first value that is not empty, or "".
func firstOf(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}
