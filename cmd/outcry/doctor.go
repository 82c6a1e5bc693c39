package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/outcry/outcry/pkg/doctor"
)

const doctorUsage = `Usage: outcry doctor [--json]

Checks the settings of the environment, the stores, their clocks, the data folder,
the disk, files and addresses, and says what to do about what it finds. It changes
nothing, and may run beside the server. Run it as the user of the server, with the
settings of the server.

It exits with 0 if it found no fault, else with 1. A warning is no fault.

`

// runDoctor looks for what is wrong with this installation.
func runDoctor(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("doctor", flag.ContinueOnError)
	flags.Usage = func() {
		fmt.Fprint(flags.Output(), doctorUsage)
		flags.PrintDefaults()
	}
	asJSON := flags.Bool("json", false, "print the findings as JSON")
	if err := parse(flags, args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return errors.New("doctor takes no arguments but --json; settings come from the environment")
	}
	findings := doctor.Examine(ctx, doctor.ThisMachine())
	if *asJSON {
		out := json.NewEncoder(os.Stdout)
		out.SetIndent("", "  ")
		out.SetEscapeHTML(false)
		if err := out.Encode(struct {
			Faults   int              `json:"faults"`
			Findings []doctor.Finding `json:"findings"`
		}{doctor.Faults(findings), findings}); err != nil {
			return err
		}
	} else {
		printFindings(os.Stdout, findings)
	}
	if doctor.Faults(findings) > 0 {
		return exitCode(1)
	}
	return nil
}

// printFindings prints findings as text, one or two lines each.
func printFindings(w io.Writer, findings []doctor.Finding) {
	for _, f := range findings {
		level := string(f.Level)
		if f.Level == doctor.Fault {
			level = strings.ToUpper(level)
		}
		fmt.Fprintf(w, "%-8s %s: %s\n", level, f.Check, f.Found)
		if f.Do != "" {
			fmt.Fprintf(w, "         To do: %s.\n", f.Do)
		}
	}
	switch n := doctor.Faults(findings); n {
	case 0:
		fmt.Fprintln(w, "\nNo faults.")
	case 1:
		fmt.Fprintln(w, "\n1 fault.")
	default:
		fmt.Fprintf(w, "\n%d faults.\n", n)
	}
}
