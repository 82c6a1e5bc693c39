package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/outcry/outcry/pkg/app"
	"github.com/outcry/outcry/pkg/config"
)

// momentFormat is how the moment of a file is printed.
const momentFormat = "2006-01-02T15:04:05.000Z"

const (
	writeText = `Writes reports, rollups, incidents, subscriptions, keys and everything else that
the settings name as the archive to a new file, as it is at one moment, which it
prints. A server may run meanwhile. A backup and an export are the same file, for
a data folder and for Redis and Postgres alike.

`
	readText = `Fills an empty data folder, or an empty database, from a file that "outcry backup"
or "outcry export" wrote, and compares the two row by row. If it is cut off, run it
again. No server may run on the folder or the database meanwhile.

`
)

func backup(ctx context.Context, args []string) error     { return exportFile(ctx, "backup", args) }
func exportData(ctx context.Context, args []string) error { return exportFile(ctx, "export", args) }
func restore(ctx context.Context, args []string) error    { return importFile(ctx, "restore", args) }
func importData(ctx context.Context, args []string) error { return importFile(ctx, "import", args) }

// exportFile writes the archive to the file that args name.
func exportFile(ctx context.Context, name string, args []string) error {
	flags := transferFlags(name, writeText)
	withSecret := flags.Bool("with-secret", false, "include the secret of the data folder, which opens the addresses of subscribers; keep the file where nobody else reads it")
	cfg, path, err := transferArguments(flags, args)
	if err != nil {
		return err
	}
	t, err := app.WriteFile(ctx, cfg, path, *withSecret, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	fmt.Printf("%s holds everything as it was at %s.\n", path, t.Moment.Format(momentFormat))
	return printTransferred(os.Stdout, t)
}

// importFile fills the archive from the file that args name.
func importFile(ctx context.Context, name string, args []string) error {
	cfg, path, err := transferArguments(transferFlags(name, readText), args)
	if err != nil {
		return err
	}
	t, err := app.ReadFile(ctx, cfg, path, slog.New(slog.DiscardHandler), printProgress(os.Stderr, time.Now()))
	if err != nil {
		return err
	}
	fmt.Printf("Everything that was in %s is here, as it was at %s; all rows were counted and compared.\n", path, t.Moment.Format(momentFormat))
	return printTransferred(os.Stdout, t)
}

func transferFlags(name, text string) *flag.FlagSet {
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.Usage = func() {
		fmt.Fprintf(flags.Output(), "Usage: outcry %s FILE\n\n%s", name, text)
		flags.PrintDefaults()
	}
	return flags
}

// transferArguments returns the settings and the name of the file.
func transferArguments(flags *flag.FlagSet, args []string) (cfg config.Config, path string, err error) {
	if err := parse(flags, args); err != nil {
		return cfg, "", err
	}
	if flags.NArg() != 1 {
		return cfg, "", fmt.Errorf("%s needs the name of one file", flags.Name())
	}
	cfg, err = config.Load(os.Environ())
	return cfg, flags.Arg(0), err
}

// printProgress returns a function that prints the rows that were read, at most once
// in some seconds.
func printProgress(w io.Writer, began time.Time) func(rows int64) {
	printed := began
	return func(rows int64) {
		if now := time.Now(); now.Sub(printed) >= 5*time.Second {
			printed = now
			fmt.Fprintf(w, "%d rows after %s\n", rows, now.Sub(began).Truncate(time.Second))
		}
	}
}

// printTransferred prints the rows of each table, and the notes.
func printTransferred(out io.Writer, t *app.Transferred) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, table := range slices.Sorted(maps.Keys(t.Rows)) {
		if n := t.Rows[table]; n > 0 {
			fmt.Fprintf(w, "%s\t%d\n", table, n)
		}
	}
	fmt.Fprintf(w, "rows in all\t%d\n", t.Total())
	if err := w.Flush(); err != nil {
		return err
	}
	for _, note := range t.Notes {
		fmt.Fprintln(out, note)
	}
	return nil
}
