package streak

import (
	"bytes"
	"errors"
	"log/slog"
	"testing"
)

func TestTheFirstFailureAndTheEndOfAStreakAreLogged(t *testing.T) {
	var log bytes.Buffer
	withoutTime := func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}
	s := New(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{ReplaceAttr: withoutTime})), slog.LevelWarn, "work fails", "work succeeds again")
	for i, step := range []struct {
		err          error
		wantFailures int
		wantLog      string
	}{
		{nil, 0, ""},
		{errors.New("first"), 1, "level=WARN msg=\"work fails\" error=first\n"},
		{errors.New("second"), 2, ""},
		{nil, 0, "level=INFO msg=\"work succeeds again\" failures=2\n"},
		{nil, 0, ""},
		{errors.New("third"), 1, "level=WARN msg=\"work fails\" error=third\n"},
	} {
		log.Reset()
		s.Note(step.err)
		if got := s.Failures(); got != step.wantFailures {
			t.Errorf("step %d: Failures() after Note(%v) = %d, want %d", i, step.err, got, step.wantFailures)
		}
		if got := log.String(); got != step.wantLog {
			t.Errorf("step %d: Note(%v) logs %q, want %q", i, step.err, got, step.wantLog)
		}
	}
}

func TestAStreakWithoutALogCounts(t *testing.T) {
	s := New(nil, slog.LevelError, "work fails", "work succeeds again")
	s.Note(errors.New("failure"))
	if got := s.Failures(); got != 1 {
		t.Errorf("Failures() after one failure = %d, want 1", got)
	}
}
