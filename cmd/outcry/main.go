// Command outcry detects outages from the reports of people who are affected.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/outcry/outcry/pkg/app"
	"github.com/outcry/outcry/pkg/version"
)

// command is a command of the program, such as "serve".
type command struct {
	name, args, summary string
	// help is the text that --help prints after the summary. It is "" for a command
	// that has flags and prints its own help.
	help string
	run  func(ctx context.Context, args []string) error
}

// commands returns all commands in the order of the help.
func commands() []command {
	return []command{
		{"serve", "", "run the server; outcry without a command does the same", "Settings come from the environment; outcry config lists them.", serve},
		{"simulate", "NAME|FILE", "replay an outage and compare it with what the press printed", "", simulate},
		{"backtest", "--in FILE --out FILE", "run the detector over one series", "", runBacktest},
		{"keys", "create|list|revoke ID", "manage API keys", keysHelp, keys},
		{"webhooks", "create|list|test ID", "manage who is told about incidents by webhooks", webhooksHelp, runWebhooks},
		{"admin", "ACTION|audit", "correct or declare an incident on a running server, or list who did", adminHelp, runAdmin},
		{"doctor", "[--json]", "check settings, stores, clock, disk and files, and say what to do", "", runDoctor},
		{"backup", "FILE", "write all data to a file, also while the server runs", "", backup},
		{"restore", "FILE", "fill an empty data folder or database from a backup", "", restore},
		{"export", "FILE", "write all data to a file, to move to the other mode", "", exportData},
		{"import", "FILE", "fill an empty data folder or database from an export", "", importData},
		{"config", "", "print every setting, its value and where it came from", "It reads the environment, as the server does.", printConfig},
		{"health", "", "ask the server on this machine whether it is alive", "It exits with 0 if the server answers, else with 1.", health},
		{"version", "", "print version, commit, date and Go release", "outcry --version does the same.", printVersion},
		{"help", "[COMMAND]", "explain a command", "Without a command it lists all of them.", help},
	}
}

func main() {
	err := run(untilSignal(), os.Args[1:])
	var code exitCode
	switch {
	case err == nil:
	case errors.As(err, &code):
		os.Exit(int(code))
	default:
		fmt.Fprintln(os.Stderr, "outcry:", err)
		os.Exit(1)
	}
}

// untilSignal returns a context that ends at the first SIGINT or SIGTERM. A second
// one ends the process at once. SIGHUP ends no command; the server reloads.
func untilSignal() context.Context {
	signal.Notify(reloads, syscall.SIGHUP)
	ctx, cancel := context.WithCancelCause(context.Background())
	ends := make(chan os.Signal, 1)
	signal.Notify(ends, os.Interrupt, syscall.SIGTERM)
	go func() { // ends with the first signal or with the process
		var cause error
		if <-ends == os.Interrupt {
			cause = app.ErrAtOnce
		}
		signal.Reset(os.Interrupt, syscall.SIGTERM)
		cancel(cause)
	}()
	return ctx
}

// reloads receives SIGHUP. One that waits is enough: it reads what is newest.
var reloads = make(chan os.Signal, 1)

// exitCode is an error that ends the program with this code. The program prints no
// message for it.
type exitCode int

func (e exitCode) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// run runs the command that args name, or the server if args are empty.
func run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return serve(ctx, nil)
	}
	name, args := args[0], args[1:]
	switch name {
	case "-h", "--help":
		name = "help"
	case "-v", "--version":
		name = "version"
	}
	c, err := find(name)
	if err != nil {
		return err
	}
	if len(args) > 0 && isHelp(args[0]) && c.help != "" {
		c.printHelp(os.Stdout)
		return nil
	}
	return c.run(ctx, args)
}

// find returns the command with this name. Its error lists all commands.
func find(name string) (command, error) {
	for _, c := range commands() {
		if c.name == name {
			return c, nil
		}
	}
	return command{}, fmt.Errorf("there is no command %q\n\n%s", name, usage())
}

// help explains the command that args name, or lists all commands.
func help(ctx context.Context, args []string) error {
	if len(args) == 0 {
		fmt.Print(usage())
		return nil
	}
	c, err := find(args[0])
	if err != nil {
		return err
	}
	if c.help != "" {
		c.printHelp(os.Stdout)
		return nil
	}
	return c.run(ctx, []string{"--help"})
}

// printHelp prints how to use a command without flags.
func (c command) printHelp(w io.Writer) {
	fmt.Fprintf(w, "Usage: %s\n\nUse it to %s.\n%s\n", strings.TrimSpace("outcry "+c.name+" "+c.args), c.summary, c.help)
}

// usage returns a text that lists all commands.
func usage() string {
	var b strings.Builder
	b.WriteString("Usage: outcry [COMMAND] [ARGUMENTS]\n\n")
	for _, c := range commands() {
		fmt.Fprintf(&b, "  %-9s %-22s %s\n", c.name, c.args, c.summary)
	}
	b.WriteString("\n\"outcry help COMMAND\" explains one of them.\n")
	return b.String()
}

func isHelp(arg string) bool { return arg == "help" || arg == "-h" || arg == "--help" }

func printVersion(_ context.Context, args []string) error {
	if len(args) > 0 {
		return errors.New("version takes no arguments")
	}
	fmt.Println(version.Current())
	return nil
}
