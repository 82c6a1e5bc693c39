// Package streak logs failures of work that is tried again and again. It logs
// the first failure of a streak, and when the streak ends, how many there were.
package streak

import (
	"context"
	"log/slog"
	"sync"
)

// Streak counts failures in a row. It is safe for concurrent use.
type Streak struct {
	log     *slog.Logger
	level   slog.Level
	failing string
	over    string

	mu     sync.Mutex
	inARow int
}

// New returns a streak without failures. It logs the message failing at level
// with the first error, and the message over at slog.LevelInfo with the number
// of failures. A nil log discards both.
func New(log *slog.Logger, level slog.Level, failing, over string) *Streak {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Streak{log: log, level: level, failing: failing, over: over}
}

// Note records the outcome of one try. A nil err ends the streak.
func (s *Streak) Note(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case err != nil:
		s.inARow++
		if s.inARow == 1 {
			s.log.Log(context.Background(), s.level, s.failing, "error", err)
		}
	case s.inARow > 0:
		s.log.Info(s.over, "failures", s.inARow)
		s.inARow = 0
	}
}

// Failures returns the number of failures since the last success.
func (s *Streak) Failures() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.inARow
}
