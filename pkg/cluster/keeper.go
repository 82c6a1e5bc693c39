package cluster

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/monitor"
	"github.com/outcry/outcry/pkg/publish"
)

const (
	followPause = time.Second
	followPage  = 100
	// archiveTime bounds one call of the archive: one that hangs is away.
	archiveTime = 5 * time.Second
)

// Keeper is where the monitor of one of many processes keeps what it concludes:
// in Redis at once, and incidents in the archive when that can be reached. It
// begins with the incidents that either of them has, so that neither the loss of
// Redis nor the absence of Postgres ends one.
type Keeper struct {
	Conclusions *Conclusions
	Archive     monitor.Archive
	// Term returns the number of the term in which this process leads, or 0.
	Term func() int64
	Log  *slog.Logger
}

var _ monitor.Archive = (*Keeper)(nil)

// LiveIncidents returns the incidents that are not resolved, and those that
// were resolved after since, at most one of a service.
func (k *Keeper) LiveIncidents(ctx context.Context, since time.Time) ([]incident.Incident, error) {
	shared, err := k.Conclusions.Incidents(ctx)
	if err != nil {
		return nil, err
	}
	var live []incident.Incident
	newer := map[string]incident.Incident{}
	for _, inc := range shared {
		newer[inc.Service] = inc
		if inc.State != incident.Resolved || inc.Resolved.After(since) {
			live = append(live, inc)
		}
	}
	limited, cancel := context.WithTimeout(ctx, archiveTime)
	defer cancel()
	archived, err := k.Archive.LiveIncidents(limited, since)
	if err != nil {
		if begun, unheard := k.Conclusions.Begun(ctx); unheard != nil || !begun {
			return nil, errors.Join(err, unheard) // Redis may have lost them
		}
	}
	for _, inc := range archived {
		// The archive follows: what Redis has of a service is newer.
		if _, found := newer[inc.Service]; !found {
			live = append(live, inc)
		}
	}
	return live, nil
}

// SaveIncident keeps inc with what is new in its timeline, and returns the
// events with their IDs.
func (k *Keeper) SaveIncident(ctx context.Context, inc incident.Incident, timeline []incident.Event, events []publish.Event) ([]publish.Event, error) {
	term := k.Term()
	if term == 0 {
		return nil, ErrTerm
	}
	return k.Conclusions.SaveIncident(ctx, term, inc, timeline, events)
}

// Problems returns how many problems of all services were archived in a span.
func (k *Keeper) Problems(ctx context.Context, from, to time.Time) (int64, error) {
	return k.Archive.Problems(ctx, from, to)
}

// States returns the saved detector states by cell. They are in Redis alone: after
// its loss the detector looks at the last hour again.
func (k *Keeper) States(ctx context.Context) (map[string][]byte, error) {
	return k.Conclusions.States(ctx)
}

// SaveStates keeps the states of cells; nil deletes one.
func (k *Keeper) SaveStates(ctx context.Context, states map[string][]byte) error {
	term := k.Term()
	if term == 0 {
		return ErrTerm
	}
	return k.Conclusions.SaveStates(ctx, term, states)
}

// Run brings to the archive what is concluded, while this process leads, until
// ctx ends.
func (k *Keeper) Run(ctx context.Context) error {
	ticker := time.NewTicker(followPause)
	defer ticker.Stop()
	failing := false
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			if k.Term() == 0 {
				continue
			}
			err := k.Follow(ctx)
			if ctx.Err() != nil {
				return nil
			}
			if err != nil && !failing {
				k.Log.Warn("the archive does not get what is concluded; it follows later", "error", err)
			}
			failing = err != nil
		}
	}
}

// Follow brings to the archive what it does not have yet.
func (k *Keeper) Follow(ctx context.Context) error {
	for {
		all, err := k.Conclusions.Concluded(ctx, followPage)
		if err != nil || len(all) == 0 {
			return err
		}
		for _, c := range all {
			if err := k.follow(ctx, c); err != nil {
				return fmt.Errorf("archive incident %s: %w", c.Incident.ID, err)
			}
			if err := k.Conclusions.Archived(ctx, c); err != nil {
				return errors.Join(err, ctx.Err())
			}
		}
	}
}

// follow brings one version of an incident to the archive. Events are in Redis;
// the archive need not tell them again.
func (k *Keeper) follow(ctx context.Context, c Concluded) error {
	limited, cancel := context.WithTimeout(ctx, archiveTime)
	defer cancel()
	_, err := k.Archive.SaveIncident(limited, c.Incident, c.Timeline, nil)
	return err
}
