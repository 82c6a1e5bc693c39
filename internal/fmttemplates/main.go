// Command fmttemplates checks that templates are formatted as markup.Format
// formats them. With -w it formats them.
package main

import (
	"flag"
	"fmt"
	"os"
	"strings"

	"github.com/outcry/outcry/pkg/markup"
)

// maxLine is the largest length in bytes of a line that cannot be broken.
const maxLine = 159

func main() {
	write := flag.Bool("w", false, "format the files")
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
