// Command outcry detects outages from the reports of the people they hit.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// command is one thing that outcry does.
type command struct {
	name, args, does string
	run              func(ctx context.Context, args []string) error
}

func commands() []command {
	return []command{
		{"serve", "", "run the server (this is also what outcry does without a command)", serve},
		{"simulate", "NAME|FILE", "replay an outage and compare with what the press printed", simulate},
		{"backtest", "--in FILE --out FILE", "run the detector over one series", runBacktest},
		{"keys", "create|list|revoke", "manage API keys", keys},
		{"config", "", "print every setting, its value and where it came from", printConfig},
		{"health", "", "ask the server on this machine whether it lives", health},
	}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:])
	var said exitCode
	switch {
	case err == nil:
	case errors.As(err, &said):
		os.Exit(int(said))
	default:
		fmt.Fprintln(os.Stderr, "outcry:", err)
		os.Exit(1)
	}
}

// exitCode ends the program after everything has been said.
type exitCode int

func (e exitCode) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

func run(ctx context.Context, args []string) error {
	name := "serve"
	if len(args) > 0 {
		name, args = args[0], args[1:]
	}
	for _, c := range commands() {
		if c.name == name {
			return c.run(ctx, args)
		}
	}
	usage()
	if name == "help" || name == "-h" || name == "--help" {
		return nil
	}
	return fmt.Errorf("there is no command %q", name)
}

func usage() {
	fmt.Fprintln(os.Stderr, "outcry COMMAND [ARGUMENTS]; outcry COMMAND --help says more.")
	for _, c := range commands() {
		fmt.Fprintf(os.Stderr, "  %-9s %-20s %s\n", c.name, c.args, c.does)
	}
}
