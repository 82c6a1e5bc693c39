package catalog

import (
	"errors"
	"fmt"
	"slices"
)

// maxProblems is the most problems that an error lists. It is enough to correct a
// file in one go, and few enough to read.
const maxProblems = 20

// place is a line of a file.
type place struct {
	file string
	line int
}

func (p place) String() string { return fmt.Sprintf("%s:%d", p.file, p.line) }

// problem describes what is wrong at a place, and what to do about it.
type problem struct {
	place
	text string
}

func (p problem) Error() string { return p.place.String() + ": " + p.text }

// problems collects the problems of a catalog, so that one error can list them.
type problems []problem

func (ps *problems) addf(at place, format string, args ...any) {
	*ps = append(*ps, problem{at, fmt.Sprintf(format, args...)})
}

// err returns an error that lists the problems, sorted by file, in the order of
// files, and by line. It returns nil if there are none.
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
	listed := ps[:min(len(ps), maxProblems)]
	errs := make([]error, len(listed), len(listed)+1)
	for i, p := range listed {
		errs[i] = p
	}
	if rest := len(ps) - len(listed); rest > 0 {
		errs = append(errs, fmt.Errorf("and %d more problems", rest))
	}
	return errors.Join(errs...)
}
