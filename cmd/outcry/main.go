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
	flags            bool // it has flags, and says itself which
	run              func(ctx context.Context, args []string) error
}

func commands() []command {
	return []command{
		{"serve", "", "run the server (this is also what outcry does without a command)", false, serve},
		{"simulate", "NAME|FILE", "replay an outage and compare with what the press printed", true, simulate},
		{"backtest", "--in FILE --out FILE", "run the detector over one series", true, runBacktest},
		{"keys", "create|list|revoke ID", "manage API keys; keys create --help says how to make one", false, keys},
		{"config", "", "print every setting, its value and where it came from", false, printConfig},
		{"health", "", "ask the server on this machine whether it lives", false, health},
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
		if c.name != name {
			continue
		}
		if len(args) > 0 && asksForHelp(args[0]) && !c.flags {
			c.usage()
			return nil
		}
		return c.run(ctx, args)
	}
	fmt.Fprintln(os.Stderr, "outcry COMMAND [ARGUMENTS]; outcry COMMAND --help says more.")
	for _, c := range commands() {
		c.usage()
	}
	if asksForHelp(name) {
		return nil
	}
	return fmt.Errorf("there is no command %q", name)
}

func (c command) usage() { fmt.Fprintf(os.Stderr, "  %-9s %-22s %s\n", c.name, c.args, c.does) }

func asksForHelp(arg string) bool { return arg == "help" || arg == "-h" || arg == "--help" }
