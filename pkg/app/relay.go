package app

import (
	"context"
	"log/slog"
	"time"

	"github.com/outcry/outcry/pkg/publish"
)

const (
	// relayPause is how long subscribers may wait for an event of another process.
	relayPause = time.Second
	relayPage  = 500
)

// eventLog is where the process that leads writes events.
type eventLog interface {
	// Events returns up to limit events after the one with ID after, oldest
	// first.
	Events(ctx context.Context, after int64, limit int) (events []publish.Event, missed bool, err error)
}

// relay tells the subscribers of this process the events of all.
type relay struct {
	log     eventLog
	hub     *publish.Hub
	last    int64 // ID of the last event that was told, or was there before
	failing bool
	logger  *slog.Logger
}

// skip passes over the events that are there already: whoever connects asks for
// them itself.
func (r *relay) skip(ctx context.Context) error {
	return r.each(ctx, func([]publish.Event) {})
}

// run tells what is new until ctx ends.
func (r *relay) run(ctx context.Context) error {
	ticker := time.NewTicker(relayPause)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			err := r.each(ctx, func(events []publish.Event) { r.hub.Publish(events...) })
			if ctx.Err() != nil {
				return nil
			}
			if err != nil && !r.failing {
				r.logger.Warn("events of other processes cannot be read; subscribers get them later", "error", err)
			}
			r.failing = err != nil
		}
	}
}

// each hands over the events after the last one.
func (r *relay) each(ctx context.Context, tell func([]publish.Event)) error {
	for {
		events, _, err := r.log.Events(ctx, r.last, relayPage)
		if err != nil || len(events) == 0 {
			return err
		}
		tell(events)
		r.last = events[len(events)-1].ID
	}
}
