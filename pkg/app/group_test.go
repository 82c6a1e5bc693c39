package app

import (
	"context"
	"errors"
	"testing"
)

func TestAGroupStopsPartsOneByOneAndCollectsTheirErrors(t *testing.T) {
	g := NewGroup(context.Background())
	broken := errors.New("broken")
	release := make(chan struct{})
	failing := g.Run("failing", func(context.Context) error { <-release; return broken })
	var ended []string
	steady := g.Run("steady", func(ctx context.Context) error {
		<-ctx.Done()
		ended = append(ended, "steady") // read only after Stop
		return nil
	})
	select {
	case <-g.firstFailure:
		t.Fatal("firstFailure is closed before any part failed, want it open")
	default:
	}
	close(release)
	<-g.firstFailure
	failing.Stop()
	if len(ended) != 0 {
		t.Error("one part that failed ended another")
	}
	steady.Stop()
	if err := g.Err(); !errors.Is(err, broken) || err.Error() != "failing: broken" {
		t.Errorf("Err() = %v, want the error with the name of its part", err)
	}
}
