// Command fmttemplates checks that templates are laid out as markup.Format does
// it, or lays them out with -w.
package main

import (
	"flag"
	"fmt"
	"os"
	"strings"

	"github.com/outcry/outcry/pkg/markup"
)

// longest is how many bytes a line may have where it cannot be broken.
const maxLine = 159

func main() {
	write := flag.Bool("w", false, "lay the files out")
	flag.Parse()
	ok := true
	for _, name := range flag.Args() {
		if err := check(name, *write); err != nil {
			fmt.Fprintln(os.Stderr, err)
			ok = false
		}
	}
	if !ok {
		os.Exit(1)
	}
}

func check(name string, write bool) error {
	source, err := os.ReadFile(name)
	if err != nil {
		return fmt.Errorf("read a template: %w", err)
	}
	formatted := markup.Format(string(source))
	if write && formatted != string(source) {
		if err := os.WriteFile(name, []byte(formatted), 0o644); err != nil {
			return fmt.Errorf("write a template: %w", err)
		}
	}
	if !write && formatted != string(source) {
		return fmt.Errorf("%s is not formatted: run scripts/lint --fix", name)
	}
	for i, line := range strings.Split(formatted, "\n") {
		if len(line) > maxLine {
			return fmt.Errorf("%s:%d has %d bytes, more than %d: divide what it holds", name, i+1, len(line), maxLine)
		}
	}
	return nil
}
