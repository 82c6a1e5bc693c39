package baseline_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/outcry/outcry/pkg/baseline"
	"github.com/outcry/outcry/pkg/window"
)

// fakeHistory is an empty archive. A test chooses what a reading does.
type fakeHistory struct {
	read  func(ctx context.Context) error
	reads int
}

func (h *fakeHistory) Rollups(ctx context.Context, _ string, _, _ time.Time) ([]window.Rollup, []window.Span, error) {
	h.reads++
	return nil, nil, h.read(ctx)
}

// TestAnArchiveThatHangsIsWaitedForOnce has three services ask at one time. Only
// the first waits for the archive.
func TestAnArchiveThatHangsIsWaitedForOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		history := &fakeHistory{read: func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }}
		set := baseline.NewSet(history)
		now := time.Now()
		for _, service := range []string{"acme", "globex", "initech"} {
			if _, err := set.Service(t.Context(), service, now); err == nil {
				t.Errorf("Service(%s) succeeds while the archive hangs, want an error", service)
			}
		}
		if waited := time.Since(now); waited > 10*time.Second || history.reads != 1 {
			t.Errorf("three services waited %s and read %d times, want at most 10s and one reading", waited, history.reads)
		}
		history.read = func(context.Context) error { return nil }
		if _, err := set.Service(t.Context(), "acme", now.Add(10*time.Second)); err != nil {
			t.Errorf("Service(acme) with the archive back: %v", err)
		}
	})
}

func TestACallerThatLeavesDoesNotPauseReading(t *testing.T) {
	history := &fakeHistory{read: func(ctx context.Context) error { return ctx.Err() }}
	set := baseline.NewSet(history)
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	now := time.Now()
	if _, err := set.Service(cancelled, "acme", now); !errors.Is(err, context.Canceled) {
		t.Errorf("Service(acme) of a caller that left: %v, want %v", err, context.Canceled)
	}
	if _, err := set.Service(t.Context(), "globex", now); err != nil {
		t.Errorf("Service(globex) of another caller: %v", err)
	}
}

func TestBaselinesMayBeResetWhileTheyAreRead(t *testing.T) {
	history := &fakeHistory{}
	set := baseline.NewSet(history)
	set.Kind = func(string) string { return "bank" }
	history.read = func(context.Context) error { set.Reset(); return nil }
	if _, err := set.Service(t.Context(), "acme", time.Now()); err != nil {
		t.Error(err)
	}
}
