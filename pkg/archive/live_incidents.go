package archive

import (
	"context"
	"time"

	"github.com/outcry/outcry/pkg/incident"
)

// pageSize is the number of incidents that AllIncidents reads at once.
const pageSize = 100

// LiveIncidents returns at most one incident of each service: the one that is
// not resolved, else the last one that was resolved after since, or which an
// operator retracted or ended while its counts may still be high.
func (a *Archive) LiveIncidents(ctx context.Context, since time.Time) ([]incident.Incident, error) {
	live, err := a.AllIncidents(ctx, IncidentFilter{States: []incident.State{incident.Suspected, incident.Confirmed, incident.Recovering}})
	if err != nil {
		return nil, err
	}
	hasLive := map[string]bool{}
	for _, inc := range live {
		hasLive[inc.Service] = true
	}
	// The filter selects by onset. An incident that lasted longer than a day before
	// it was resolved is missed, which costs nothing: if its service fails again,
	// that is a new incident instead of the old one reopened.
	resolved, err := a.AllIncidents(ctx, IncidentFilter{States: []incident.State{incident.Resolved, Retracted}, From: since.Add(-24 * time.Hour)})
	if err != nil {
		return nil, err
	}
	for _, inc := range resolved { // newest first
		if inc.MergedInto != "" {
			continue
		}
		if (inc.Resolved.After(since) || inc.EndedByHand()) && !hasLive[inc.Service] {
			live = append(live, inc)
			hasLive[inc.Service] = true
		}
	}
	return live, nil
}

// AllIncidents returns every incident that filter selects, newest onset first.
// It reads them page by page, whatever filter.Limit is.
func (a *Archive) AllIncidents(ctx context.Context, filter IncidentFilter) ([]incident.Incident, error) {
	var all []incident.Incident
	filter.Limit = pageSize
	for {
		page, next, err := a.Incidents(ctx, filter)
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
