package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
)

// errHelpPrinted ends a command that was only to print its help.
var errHelpPrinted = exitCode(0)

// parse reads args into flags. If args ask for help, it prints the help and returns
// errHelpPrinted. If args are wrong, it prints why and returns another exitCode.
func parse(flags *flag.FlagSet, args []string) error {
	printHelp := flags.Usage
	if printHelp == nil {
		printHelp = flags.PrintDefaults
	}
	flags.Usage = func() {}
	flags.SetOutput(os.Stderr)
	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		flags.SetOutput(os.Stdout)
		printHelp()
		return errHelpPrinted
	case err != nil:
		fmt.Fprintf(os.Stderr, "\"outcry %s --help\" lists the flags.\n", flags.Name())
		return exitCode(2)
	}
	return nil
}
