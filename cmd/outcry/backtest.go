package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/outcry/outcry/pkg/backtest"
	"github.com/outcry/outcry/pkg/detect"
)

// runBacktest runs the detector over one series from a file. It leaves the output
// file unchanged if it refuses the series.
func runBacktest(_ context.Context, args []string) error {
	flags := flag.NewFlagSet("backtest", flag.ContinueOnError)
	flags.Usage = func() {
		fmt.Fprintf(flags.Output(), "Usage: outcry backtest --in FILE --out FILE [--explain TIME]\n\nReads timestamp,value and writes timestamp,value,expected,upper,score,alarm.\n\n")
		flags.PrintDefaults()
	}
	inPath := flags.String("in", "", "the series, CSV: regular steps of 1 to 60 minutes, 2006-01-02 15:04:05 UTC, empty = unknown")
	outPath := flags.String("out", "", "the judgement of each row, CSV")
	explain := flags.String("explain", "", "print the judgement of the row with this `TIME` in words")
	if err := parse(flags, args); err != nil {
		return err
	}
	if flags.NArg() > 0 || *inPath == "" || *outPath == "" {
		return errors.New("backtest takes --in FILE and --out FILE; outcry backtest --help says more")
	}
	var explainAt time.Time
	if *explain != "" {
		var err error
		if explainAt, err = time.Parse(backtest.TimeLayout, *explain); err != nil {
			return fmt.Errorf("--explain: %q is not a time like 2024-05-01 12:00:00", *explain)
		}
	}
	in, err := os.Open(*inPath)
	if err != nil {
		return fmt.Errorf("open the series: %w", err)
	}
	defer in.Close()
	series, err := backtest.NewReader(*inPath, in)
	if err != nil {
		return err
	}
	explanation := ""
	var onRow func(backtest.Row, detect.SeriesVerdict)
	if *explain != "" {
		onRow = func(row backtest.Row, verdict detect.SeriesVerdict) {
			if row.Start.Equal(explainAt) {
				explanation = backtest.Explain(row, verdict)
			}
		}
	}
	var summary backtest.Summary
	err = replaceFile(*outPath, func(out io.Writer) (err error) {
		summary, err = backtest.Run(series, out, onRow)
		return err
	})
	if err != nil {
		return err
	}
	if *explain != "" && explanation == "" {
		return fmt.Errorf("--explain: no row of %s begins at %s", *inPath, *explain)
	}
	if explanation != "" {
		fmt.Println(explanation)
	}
	fmt.Fprintf(os.Stderr, "%d rows of %v, %d unknown: %d alarms.\n", summary.Rows, series.Step(), summary.Unknown, summary.Alarms)
	return nil
}

// replaceFile writes a temporary file beside path and renames it to path when it is
// complete. If path exists and is not a regular file, such as a pipe, replaceFile
// writes to it directly.
func replaceFile(path string, write func(io.Writer) error) error {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		out, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return fmt.Errorf("open the output: %w", err)
		}
		return errors.Join(write(out), out.Close())
	}
	out, err := os.CreateTemp(filepath.Dir(path), ".backtest-*")
	if err != nil {
		return fmt.Errorf("create the output: %w", err)
	}
	defer os.Remove(out.Name()) // fails after the rename, which is fine
	err = write(out)
	if err = errors.Join(err, out.Chmod(0o644), out.Close()); err != nil {
		return err
	}
	if err := os.Rename(out.Name(), path); err != nil {
		return fmt.Errorf("rename the output: %w", err)
	}
	return nil
}
