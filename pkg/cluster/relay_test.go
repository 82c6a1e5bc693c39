package cluster

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/outcry/outcry/pkg/publish"
)

// fakeEvents is an event log that another process writes to.
type fakeEvents struct {
	mu      sync.Mutex
	written []publish.Event
}

func (f *fakeEvents) add(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for range n {
		f.written = append(f.written, publish.Event{ID: int64(len(f.written)) + 1, Name: publish.Status, Service: "acme", Data: []byte(`{}`)})
	}
}

func (f *fakeEvents) Events(_ context.Context, after int64, limit int) ([]publish.Event, bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	rest := f.written[min(after, int64(len(f.written))):]
	return rest[:min(limit, len(rest))], false, nil
}

func TestSubscribersGetEventsOfOtherProcessesOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log, hub := &fakeEvents{}, publish.NewHub(1, false)
		log.add(relayPage + 3) // before this process started
		r := NewRelay(log, hub, slog.New(slog.DiscardHandler))
		if err := r.Skip(t.Context()); err != nil {
			t.Fatal(err)
		}
		subscriber, err := hub.Subscribe(publish.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*relayInterval)
		defer cancel()
		go func() {
			time.Sleep(relayInterval / 2)
			log.add(2)
			time.Sleep(3 * relayInterval)
			log.add(1)
		}()
		if err := r.Run(ctx); err != nil {
			t.Fatal(err)
		}
		hub.Close()
		var ids []int64
		frames, _ := subscriber.Take()
		for _, f := range frames {
			ids = append(ids, f.ID)
		}
		if want := int64(relayPage + 4); len(ids) != 3 || ids[0] != want || ids[2] != want+2 {
			t.Errorf("the subscriber got events %v, want %d to %d", ids, want, want+2)
		}
	})
}
