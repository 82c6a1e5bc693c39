package gate

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/outcry/outcry/pkg/fault"
)

// occupy enters g and returns a function that leaves it.
func occupy(t *testing.T, g *Gate) (leave func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		if _, err := Do(context.Background(), g, func() (int, error) { <-done; return 0, nil }); err != nil {
			t.Errorf("Do = %v, want no error", err)
		}
	}()
	synctest.Wait()
	return func() { close(done); synctest.Wait() }
}

func pass(ctx context.Context, g *Gate) error {
	_, err := Do(ctx, g, func() (int, error) { return 0, nil })
	return err
}

func TestAFullQueueRefusesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := New("cards", 1, 2)
		leave := []func(){occupy(t, g), occupy(t, g), occupy(t, g)}
		if got, want := g.Stats(), (Stats{Work: "cards", Running: 1, Waiting: 2}); got != want {
			t.Errorf("Stats() = %+v, want %+v", got, want)
		}
		var f *fault.Error
		if err := pass(t.Context(), g); !errors.As(err, &f) || f.Kind != fault.Unavailable || f.RetryAfter != retryAfterFull || !IsRefusal(err) {
			t.Errorf("Do at a full queue = %v, want fault.Unavailable with a time to try again", err)
		}
		for _, l := range leave {
			l()
		}
		if err := pass(t.Context(), g); err != nil {
			t.Errorf("Do at an empty gate = %v, want no error", err)
		}
		if got, want := g.Stats(), (Stats{Work: "cards", Refused: 1}); got != want {
			t.Errorf("Stats() = %+v, want %+v", got, want)
		}
	})
}

func TestAWaitEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := New("cards", 1, 2)
		leave := occupy(t, g)
		late, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := pass(late, g); fault.KindOf(err) != fault.Unavailable || !IsRefusal(err) {
			t.Errorf("Do until its deadline = %v, want fault.Unavailable and a refusal", err)
		}
		gone, leaveQueue := context.WithCancel(t.Context())
		leaveQueue()
		if err := pass(gone, g); !errors.Is(err, context.Canceled) || IsRefusal(err) {
			t.Errorf("Do of a client that has gone = %v, want context.Canceled and no refusal", err)
		}
		leave()
		if got, want := g.Stats(), (Stats{Work: "cards", Refused: 1}); got != want {
			t.Errorf("Stats() = %+v, want %+v", got, want)
		}
	})
}

func TestAPanicLeavesTheGateOpen(t *testing.T) {
	g := New("cards", 1, 0)
	func() {
		defer func() {
			if recover() == nil {
				t.Error("Do did not panic; want the panic of its work")
			}
		}()
		_, _ = Do(t.Context(), g, func() (int, error) { panic("no such font") }) // it panics
	}()
	if err := pass(t.Context(), g); err != nil {
		t.Errorf("Do after a panic = %v, want no error", err)
	}
}

func TestTryDoesNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := New("pages", 1, 2)
		seven := func() (int, error) { return 7, nil }
		if v, err := Try(g, seven); v != 7 || err != nil {
			t.Errorf("Try at an empty gate = %d, %v, want 7", v, err)
		}
		leave := occupy(t, g)
		if _, err := Try(g, seven); !IsRefusal(err) {
			t.Errorf("Try at a busy gate = %v, want a refusal", err)
		}
		leave()
		if got, want := g.Stats(), (Stats{Work: "pages"}); got != want {
			t.Errorf("Stats() = %+v, want %+v", got, want)
		}
		if v, err := Try[int](nil, seven); v != 7 || err != nil {
			t.Errorf("Try without a gate = %d, %v, want 7", v, err)
		}
	})
}

func TestNoGateAdmitsEverybody(t *testing.T) {
	if v, err := Do(t.Context(), nil, func() (int, error) { return 7, nil }); v != 7 || err != nil {
		t.Errorf("Do without a gate = %d, %v, want 7", v, err)
	}
}
