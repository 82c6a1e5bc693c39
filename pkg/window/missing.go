package window

import "fmt"

// Missing says that a store could do for some partitions only what it was asked:
// the others do not answer. What comes with it holds for those that do.
type Missing struct {
	Partitions []int
	Err        error // of one of them
}

func (m *Missing) Error() string {
	return fmt.Sprintf("%d of %d partitions do not answer: %v", len(m.Partitions), Partitions, m.Err)
}

func (m *Missing) Unwrap() error { return m.Err }
