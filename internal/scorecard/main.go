package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"github.com/outcry/outcry/internal/year"
)

// The parts of the scorecard, each a document of its own.
const (
	seriesPart = "series" // the detector of one series alone
	livePart   = "live"   // replays through the whole server
	yearPart   = "year"   // a year in which nothing is wrong
	allParts   = "all"
)

func main() {
	part := flag.String("part", allParts, "series, live, year or all")
	tune := flag.Bool("tune", false, "series: judge the seeds for choosing constants, and print the tables instead of writing them")
	size := flag.Int("size", 150, "series: number of series in a set of outages; the other sets are in proportion")
	days := flag.Int("days", 365, "year: number of days to watch")
	reports := flag.Int("reports", 15_000_000, "year: reports a year")
	tick := flag.Duration("tick", 3*time.Minute, "year: time between two judgements, in whole minutes under five")
	dir := flag.String("out", "docs", "folder of the scorecard")
	page := flag.String("figures", "pkg/web/scorecard.json", "series: file for the figures that the page about the method shows")
	flag.Parse()
	parts := []string{*part}
	switch {
	case *tune:
		parts = []string{seriesPart}
	case *part == allParts:
		parts = []string{seriesPart, livePart, yearPart}
	case !slices.Contains([]string{seriesPart, livePart, yearPart}, *part):
		fmt.Fprintf(os.Stderr, "scorecard: there is no part %q; use series, live, year or all\n", *part)
		os.Exit(2)
	}
	w := writer{dir: *dir, page: *page, tune: *tune, size: *size, course: year.Course{
		Services: 3000, Reports: int64(*reports), Days: *days, Allowed: 1, Tick: *tick, Seed: reporting, Shards: runtime.NumCPU(),
	}}
	for _, part := range parts {
		if err := w.writePart(context.Background(), part); err != nil {
			fmt.Fprintln(os.Stderr, "scorecard:", err)
			os.Exit(1)
		}
	}
}

// writer measures the parts and writes their documents.
type writer struct {
	dir    string // folder of the documents
	page   string // file of the figures for the page about the method
	tune   bool   // print the tables for the tuning seeds and write nothing
	size   int    // number of series in a set of outages
	course year.Course
}

func (w writer) writePart(ctx context.Context, part string) error {
	switch part {
	case livePart:
		all, err := replayStories(ctx, []int64{1, 2, 3}, progress)
		if err != nil {
			return err
		}
		return w.writeFile("scorecard-live.md", all.markdown())
	case yearPart:
		r, err := year.Watch(ctx, w.course, func(days int) {
			if days%10 == 0 {
				progress(fmt.Sprintf("a quiet year, day %d", days))
			}
		})
		if err != nil {
			return err
		}
		return w.writeFile("scorecard-year.md", yearMarkdown(r))
	}
	return w.writeSeries(ctx)
}

func progress(what string) { fmt.Fprintln(os.Stderr, what) }

func (w writer) writeSeries(ctx context.Context) error {
	seed := uint64(reporting)
	if w.tune {
		seed = tuning
	}
	c, err := measure(ctx, seed, w.size, progress)
	if err != nil {
		return err
	}
	if w.tune {
		_, err := os.Stdout.Write(c.markdown())
		return err
	}
	for name, content := range c.plots() {
		if err := w.writeFile(name, content); err != nil {
			return err
		}
	}
	figures, err := c.figuresJSON()
	if err != nil {
		return err
	}
	if err := os.WriteFile(w.page, figures, 0o644); err != nil {
		return fmt.Errorf("write the figures: %w", err)
	}
	return w.writeFile("scorecard.md", c.markdown())
}

func (w writer) writeFile(name string, content []byte) error {
	if err := os.MkdirAll(w.dir, 0o755); err != nil {
		return fmt.Errorf("make the folder of the scorecard: %w", err)
	}
	if err := os.WriteFile(filepath.Join(w.dir, name), content, 0o644); err != nil {
		return fmt.Errorf("write the scorecard: %w", err)
	}
	return nil
}
