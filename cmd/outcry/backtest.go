package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/outcry/outcry/pkg/backtest"
	"github.com/outcry/outcry/pkg/detect"
)

const backtestUsage = `Usage: outcry backtest --in FILE --out FILE [--fill-gaps] [--explain TIME]

Reads a series and writes timestamp,value,expected,upper,score,alarm for each row.

The series is CSV whose first line names the columns timestamp and value, in any
order and beside others. Rows come at regular steps of 1 minute to 1 day, oldest
first. A time is like 2024-05-01 12:00:00 or 2024-05-01T12:00:00+02:00, and in UTC
without a zone. A count that is empty, NaN, NA or null is unknown.

`

// backtestFlags are what the command line of backtest says.
type backtestFlags struct {
	in, out  string
	fillGaps bool
	explain  string    // as given, or ""
	at       time.Time // that explain names
}

// parseBacktest reads the command line.
func parseBacktest(args []string) (backtestFlags, error) {
	var f backtestFlags
	flags := flag.NewFlagSet("backtest", flag.ContinueOnError)
	flags.Usage = func() {
		fmt.Fprint(flags.Output(), backtestUsage)
		flags.PrintDefaults()
	}
	flags.StringVar(&f.in, "in", "", "the series, or - for standard input")
	flags.StringVar(&f.out, "out", "", "the judgement of each row, or - for standard output")
	flags.BoolVar(&f.fillGaps, "fill-gaps", false, "take missing rows for unknown ones, and write them")
	flags.StringVar(&f.explain, "explain", "", "print the judgement of the row with this `TIME` in words")
	if err := parse(flags, args); err != nil {
		return f, err
	}
	if flags.NArg() > 0 || f.in == "" || f.out == "" {
		return f, errors.New("backtest takes --in FILE and --out FILE; outcry backtest --help says more")
	}
	if f.explain != "" {
		var ok bool
		if f.at, ok = backtest.ParseTime(f.explain); !ok {
			return f, fmt.Errorf("--explain: %q is not a time like 2024-05-01 12:00:00", f.explain)
		}
	}
	return f, nil
}

// runBacktest runs the detector over one series from a file. It leaves the output
// file unchanged if it refuses the series.
func runBacktest(ctx context.Context, args []string) error {
	f, err := parseBacktest(args)
	if err != nil {
		return err
	}
	in := os.Stdin
	if f.in != "-" {
		if in, err = os.Open(f.in); err != nil {
			return fmt.Errorf("open the series: %w", err)
		}
	}
	defer in.Close()
	defer context.AfterFunc(ctx, func() { in.Close() })() // ends a read from a pipe
	err = f.judge(in)
	if ctx.Err() != nil {
		return exitCode(130)
	}
	return err
}

// judge judges the series in a file and writes the answer.
func (f backtestFlags) judge(in io.Reader) error {
	open, name := backtest.NewReader, f.in
	if f.fillGaps {
		open = backtest.NewFillingReader
	}
	if name == "-" {
		name = "standard input"
	}
	series, err := open(name, in)
	if err != nil {
		return err
	}
	explanation := ""
	var onRow func(backtest.Row, detect.SingleVerdict)
	if f.explain != "" {
		onRow = func(row backtest.Row, verdict detect.SingleVerdict) {
			if row.Start.Equal(f.at) {
				explanation = backtest.Explain(row, verdict)
			}
		}
	}
	var summary backtest.Summary
	err = writeOutput(f.out, func(out io.Writer) (err error) {
		summary, err = backtest.Run(series, out, onRow)
		return err
	})
	if err != nil {
		return err
	}
	if f.explain != "" && explanation == "" {
		return fmt.Errorf("--explain: no row of %s begins at %s", name, f.explain)
	}
	if explanation != "" {
		printed := os.Stdout
		if inherited(f.out) == os.Stdout {
			printed = os.Stderr // the rows are on standard output
		}
		fmt.Fprintln(printed, explanation)
	}
	fmt.Fprintf(os.Stderr, "%d rows of %v, %d unknown: %d alarms.\n", summary.Rows, series.Step(), summary.Unknown, summary.Alarms)
	return nil
}
