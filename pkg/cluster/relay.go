package cluster

import (
	"context"
	"log/slog"
	"time"

	"github.com/outcry/outcry/pkg/publish"
	"github.com/outcry/outcry/pkg/streak"
)

const (
	// relayInterval bounds how much later than the leader's own subscribers those
	// of other processes get an event.
	relayInterval = time.Second
	relayPage     = 500 // events read at once
)

// eventLog is what a Relay needs of Conclusions.
type eventLog interface {
	// Events returns up to limit events after the one with ID after, oldest
	// first.
	Events(ctx context.Context, after int64, limit int) (events []publish.Event, missed bool, err error)
}

// Relay publishes the events of the leader to the subscribers of this process.
// Every process has one, the leader too.
type Relay struct {
	events    eventLog
	publisher *publish.Hub
	last      int64 // ID of the last event that was published or skipped
	streak    *streak.Streak
}

// NewRelay returns a Relay that publishes events on publisher.
func NewRelay(events eventLog, publisher *publish.Hub, log *slog.Logger) *Relay {
	return &Relay{events: events, publisher: publisher,
		streak: streak.New(log, slog.LevelWarn, "events of other processes cannot be read; subscribers get them later", "events of other processes can be read again")}
}

// Skip passes over the events that exist already. Subscribers that want them
// read them from the event log.
func (r *Relay) Skip(ctx context.Context) error {
	return r.forEachNew(ctx, func([]publish.Event) {})
}

// Run publishes new events until ctx ends.
func (r *Relay) Run(ctx context.Context) error {
	ticker := time.NewTicker(relayInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			err := r.forEachNew(ctx, func(events []publish.Event) { r.publisher.Publish(events...) })
			if ctx.Err() == nil {
				r.streak.Note(err)
			}
		}
	}
}

// forEachNew calls f with the events after the last one, page by page.
func (r *Relay) forEachNew(ctx context.Context, f func([]publish.Event)) error {
	for {
		events, _, err := r.events.Events(ctx, r.last, relayPage)
		if err != nil || len(events) == 0 {
			return err
		}
		f(events)
		r.last = events[len(events)-1].ID
	}
}
