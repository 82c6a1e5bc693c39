package app

import (
	"context"
	"errors"
	"testing"
)

func TestGroupStopsPartsOneByOneAndKeepsTheirErrors(t *testing.T) {
	g := newGroup(context.Background())
	broken := errors.New("broken")
	release := make(chan struct{})
	failing := g.run("failing", func(context.Context) error { <-release; return broken })
	var ended []string
	steady := g.run("steady", func(ctx context.Context) error {
		<-ctx.Done()
		ended = append(ended, "steady") // read only after stop
		return nil
	})
	select {
	case <-g.failed:
		t.Fatal("a group without an error says that it failed")
	default:
	}
	close(release)
	<-g.failed
	failing.stop()
	if len(ended) != 0 {
		t.Error("one part that failed ended another")
	}
	steady.stop()
	if err := g.err(); !errors.Is(err, broken) || err.Error() != "failing: broken" {
		t.Errorf("err = %v; want the error with the name of its part", err)
	}
}
