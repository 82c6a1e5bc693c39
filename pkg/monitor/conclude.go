package monitor

import (
	"context"
	"fmt"
	"slices"

	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/publish"
	"github.com/outcry/outcry/pkg/window"
)

// conclude lets incident draw its conclusion from j, keeps what changed and
// tells subscribers. Nothing is told before it is kept.
func (m *Monitor) conclude(ctx context.Context, service string, w *watch, j incident.Judgement) error {
	before := w.incident
	next, timeline := incident.Apply(before, service, j, m.Policy)
	if next == nil || before != nil && next.Version == before.Version {
		w.incident = next
		return nil
	}
	if err := m.closeCount(ctx, before, next); err != nil {
		return err
	}
	stored, err := m.Archive.SaveIncident(ctx, *next, timeline, eventsOf(before, next, timeline))
	if err != nil {
		return fmt.Errorf("keep incident %s: %w", next.ID, err)
	}
	w.incident = next
	for _, e := range timeline {
		m.Log.Info("incident changed", "incident", next.ID, "change", string(e.Change), "level", next.Level.String(),
			"observed", e.Observed, "expected", e.Expected, "networks", e.Networks)
	}
	m.Publisher.Publish(stored...)
	return nil
}

// closeCount counts the reports of an incident that has just been resolved up
// to its end, which is told only afterwards. One that is older than the buckets
// keeps the count it had.
func (m *Monitor) closeCount(ctx context.Context, before, after *incident.Incident) error {
	if before == nil || before.State == incident.Resolved || after.State != incident.Resolved ||
		after.Updated.Sub(after.Onset) >= window.Retention {
		return nil
	}
	buckets, err := m.Store.Buckets(ctx, after.Service, after.Onset, after.Resolved)
	if err != nil {
		return fmt.Errorf("count the reports of %s: %w", after.ID, err)
	}
	after.Reports = total(buckets)
	return nil
}

// eventsOf lists what subscribers should know of the change to after.
func eventsOf(before, after *incident.Incident, timeline []incident.Event) []publish.Event {
	var events []publish.Event
	for _, entry := range timeline {
		events = append(events, publish.IncidentChanged(*after, entry))
	}
	if before == nil || before.Level != after.Level || before.State != after.State ||
		before.EchoOf != after.EchoOf || !slices.Equal(before.Linked, after.Linked) {
		events = append(events, publish.StatusChanged(*after))
	}
	return events
}
