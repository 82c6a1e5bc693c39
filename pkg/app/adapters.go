package app

import (
	"context"
	"time"

	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/monitor"
	"github.com/outcry/outcry/pkg/window"
)

// pageSize is how many incidents are read at once.
const pageSize = 100

// keeper is the archive as the monitor sees it.
type keeper struct{ *archive.Archive }

// LiveIncidents returns the incidents that are not resolved, and those that
// were resolved after since, at most one of a service.
func (k keeper) LiveIncidents(ctx context.Context, since time.Time) ([]incident.Incident, error) {
	open, err := k.incidents(ctx, archive.IncidentFilter{States: []incident.State{incident.Suspected, incident.Confirmed, incident.Recovering}})
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for _, inc := range open {
		seen[inc.Service] = true
	}
	// An incident that ended lately began not much earlier than a day ago; if it
	// did, its successor is a new incident and nothing is lost.
	past, err := k.incidents(ctx, archive.IncidentFilter{States: []incident.State{incident.Resolved}, From: since.Add(-24 * time.Hour)})
	if err != nil {
		return nil, err
	}
	for _, inc := range past { // newest first
		if inc.Resolved.After(since) && !seen[inc.Service] {
			open = append(open, inc)
			seen[inc.Service] = true
		}
	}
	return open, nil
}

// incidents reads all that filter selects, page by page, newest onset first.
func (k keeper) incidents(ctx context.Context, filter archive.IncidentFilter) ([]incident.Incident, error) {
	var all []incident.Incident
	filter.Limit = pageSize
	for {
		page, next, err := k.Incidents(ctx, filter)
		if err != nil {
			return nil, err
		}
		all = append(all, page...)
		if next == "" {
			return all, nil
		}
		filter.Before = next
	}
}

// everything reads all incidents and their timelines.
func (k keeper) everything(ctx context.Context) (all []incident.Incident, timeline []incident.Event, err error) {
	all, err = k.incidents(ctx, archive.IncidentFilter{})
	if err != nil {
		return nil, nil, err
	}
	for _, inc := range all {
		_, entries, err := k.Incident(ctx, inc.ID)
		if err != nil {
			return nil, nil, err
		}
		timeline = append(timeline, entries...)
	}
	return all, timeline, nil
}

// past takes the history that a live replay brings, and has everything that is
// usual learned anew.
type past struct {
	archive   *archive.Archive
	baselines *monitor.Baselines
}

func (p past) SaveRollups(ctx context.Context, rollups []window.Rollup, spans []window.Span) error {
	if err := p.archive.SaveRollups(ctx, rollups, spans); err != nil {
		return err
	}
	p.baselines.Reset()
	return nil
}
