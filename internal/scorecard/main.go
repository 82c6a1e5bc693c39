package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	tune := flag.Bool("tune", false, "judge the seeds for choosing constants, and print the tables instead of writing them")
	size := flag.Int("size", 150, "series in each set of outages; the other sets follow")
	out := flag.String("out", "docs/scorecard.md", "the scorecard; its plots are written beside it")
	page := flag.String("figures", "pkg/web/scorecard.json", "the figures that the page about the method tells")
	flag.Parse()
	if err := run(*tune, *size, *out, *page); err != nil {
		fmt.Fprintln(os.Stderr, "scorecard:", err)
		os.Exit(1)
	}
}

func run(tune bool, size int, out, page string) error {
	seed := uint64(reporting)
	if tune {
		seed = tuning
	}
	c, err := measure(seed, size, func(what string) { fmt.Fprintln(os.Stderr, what) })
	if err != nil {
		return err
	}
	if tune {
		_, err := os.Stdout.Write(c.markdown())
		return err
	}
	dir := filepath.Dir(out)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make room for the scorecard: %w", err)
	}
	for name, content := range c.plots() {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			return fmt.Errorf("write a plot: %w", err)
		}
	}
	if err := os.WriteFile(out, c.markdown(), 0o644); err != nil {
		return fmt.Errorf("write the scorecard: %w", err)
	}
	told, err := c.figures()
	if err != nil {
		return err
	}
	if err := os.WriteFile(page, told, 0o644); err != nil {
		return fmt.Errorf("write the figures: %w", err)
	}
	return nil
}
