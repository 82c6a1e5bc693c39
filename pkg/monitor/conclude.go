package monitor

import (
	"context"
	"fmt"
	"slices"

	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/publish"
	"github.com/outcry/outcry/pkg/window"
)

// conclude has incident draw its conclusion from a judgement. If the incident
// changed, it is saved, and the events for subscribers are returned: nothing is
// published before it is saved.
func (m *Monitor) conclude(ctx context.Context, j *judged) ([]publish.Event, error) {
	before := j.incident
	next, timeline := incident.Apply(before, j.service, j.Judgement, m.Policy)
	if next == nil || before != nil && next.Version == before.Version {
		j.watch.incident = next
		return nil, nil
	}
	if err := m.countResolved(ctx, before, next); err != nil {
		return nil, err
	}
	saved, err := m.Archive.SaveIncident(ctx, *next, timeline, eventsOf(before, next, timeline))
	if err != nil {
		return nil, fmt.Errorf("save incident %s: %w", next.ID, err)
	}
	j.watch.incident = next
	for _, e := range timeline {
		m.Log.Info("incident changed", "incident", next.ID, "change", string(e.Change), "level", next.Level.String(),
			"observed", e.Observed, "expected", e.Expected, "networks", e.Networks)
	}
	return saved, nil
}

// countResolved counts the reports of an incident that has just been resolved, up
// to its end, which is known only now. An incident that is older than the buckets
// keeps its count.
func (m *Monitor) countResolved(ctx context.Context, before, after *incident.Incident) error {
	if before == nil || before.State == incident.Resolved || after.State != incident.Resolved ||
		after.Updated.Sub(after.Onset) >= window.Retention {
		return nil
	}
	buckets, err := m.Store.Buckets(ctx, after.Service, after.Onset, after.Resolved)
	if err != nil {
		return fmt.Errorf("count the reports of %s: %w", after.ID, err)
	}
	after.Reports = problems(buckets...)
	return nil
}

// eventsOf returns the events for subscribers of a change of an incident.
func eventsOf(before, after *incident.Incident, timeline []incident.Event) []publish.Event {
	var events []publish.Event
	for _, entry := range timeline {
		events = append(events, publish.NewIncidentEvent(*after, entry))
	}
	if before == nil || before.Level != after.Level || before.State != after.State ||
		before.EchoOf != after.EchoOf || !slices.Equal(before.Linked, after.Linked) {
		events = append(events, publish.NewStatusEvent(*after))
	}
	return events
}
