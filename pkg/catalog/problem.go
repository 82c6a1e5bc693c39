package catalog

import (
	"errors"
	"fmt"
	"slices"
)

// maxProblems is how many problems are told at once: enough to mend a file in one
// go, few enough to read.
const maxProblems = 20

// place is a line of a file.
type place struct {
	file string
	line int
}

// problem is something wrong at a place. It says what, and what to do.
type problem struct {
	place
	text string
}

func (p problem) Error() string { return fmt.Sprintf("%s:%d: %s", p.file, p.line, p.text) }

// problems collects what is wrong with a catalog, so that all of it can be said
// at once.
type problems []problem

func (ps *problems) addf(at place, format string, args ...any) {
	*ps = append(*ps, problem{at, fmt.Sprintf(format, args...)})
}

// err returns the problems in the order of the files read and of their lines, or
// nil if there are none.
func (ps problems) err(files ...string) error {
	if len(ps) == 0 {
		return nil
	}
	slices.SortStableFunc(ps, func(a, b problem) int {
		if a.file != b.file {
			return slices.Index(files, a.file) - slices.Index(files, b.file)
		}
		return a.line - b.line
	})
	told := ps[:min(len(ps), maxProblems)]
	errs := make([]error, len(told), len(told)+1)
	for i, p := range told {
		errs[i] = p
	}
	if rest := len(ps) - len(told); rest > 0 {
		errs = append(errs, fmt.Errorf("and %d more problems", rest))
	}
	return errors.Join(errs...)
}
