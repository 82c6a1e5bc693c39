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
	if err := m.endEcho(ctx, j); err != nil {
		return nil, err
	}
	before := j.incident
	next, timeline := incident.Apply(before, j.service, j.Judgement, m.Policy)
	if next == nil && before != nil && !before.IsRetracted() {
		j.watch.over = before
	}
	if next == nil || before != nil && next.Version == before.Version {
		j.watch.incident = next
		return nil, nil
	}
	return m.saveIncident(ctx, j.watch, next, timeline)
}

// endEcho ends the incident of an echo beside which the service itself fails, and
// publishes that. The incident of the failure follows.
func (m *Monitor) endEcho(ctx context.Context, j *judged) error {
	ended, timeline := incident.EndEcho(j.incident, j.Judgement, m.Policy)
	if ended == nil {
		return nil
	}
	since, err := m.countSince(ctx, j.watch, j.Relation.Rest, j.At.Add(window.Width), j.At)
	if err != nil {
		return err
	}
	events, err := m.saveIncident(ctx, j.watch, ended, timeline)
	if err != nil {
		return err
	}
	j.Reports = since.counts.total()
	m.Publisher.Publish(events...)
	return nil
}

// saveIncident saves an incident that changed and returns the events for subscribers.
func (m *Monitor) saveIncident(ctx context.Context, w *watch, next *incident.Incident, timeline []incident.Event) ([]publish.Event, error) {
	before := w.incident
	if before != nil && before.State != incident.Resolved && next.State == incident.Resolved {
		if err := m.freeze(ctx, w, next); err != nil {
			return nil, err
		}
	}
	saved, err := m.Archive.SaveIncident(ctx, *next, timeline, eventsOf(before, next, timeline))
	if err != nil {
		return nil, fmt.Errorf("save incident %s: %w", next.ID, err)
	}
	w.incident = next
	for _, e := range timeline {
		m.Log.Info("incident changed", "incident", next.ID, "change", string(e.Change), "level", next.Level.String(),
			"observed", e.Observed, "expected", e.Expected, "networks", e.Networks)
	}
	return saved, nil
}

// freeze sets the total, its split and the peak of an incident that has just been
// resolved to those of exactly the time from its onset to its end, which is known
// only now. The peak of an incident that is older than the buckets may lie before
// them, and then it is the one that was seen.
func (m *Monitor) freeze(ctx context.Context, w *watch, inc *incident.Incident) error {
	end := inc.Resolved.Add(window.Width - 1).Truncate(window.Width)
	if end.Equal(inc.Onset) {
		end = end.Add(window.Width)
	}
	since, err := m.countSince(ctx, w, inc.Onset, end, inc.Updated)
	if err != nil {
		return fmt.Errorf("count the reports of %s: %w", inc.ID, err)
	}
	total := since.counts.total()
	if since.complete {
		inc.Reports, inc.Split = total, splitOf(since.counts, w.baselines, inc.Onset, end)
		inc.KeepCounted()
	} else {
		inc.Reports = max(inc.Reports, total)
	}
	busiest := incident.BusiestWindow(minutesOf(since.buckets, w.baselines, inc.Updated), inc.Resolved)
	isInBuckets := len(since.buckets) == 0 || !inc.Peak.At.Before(since.buckets[0].Start)
	if isInBuckets || inc.Peak.Observed < busiest.Observed {
		inc.Peak = busiest
	}
	return nil
}

// eventsOf returns the events for subscribers of a change of an incident.
func eventsOf(before, after *incident.Incident, timeline []incident.Event) []publish.Event {
	var events []publish.Event
	for _, entry := range timeline {
		events = append(events, publish.NewIncidentEvent(*after, entry))
	}
	if after.MergedInto != "" {
		return events // the level of the service is that of the other incident
	}
	if before == nil || before.Level != after.Level || before.State != after.State ||
		before.EchoOf != after.EchoOf || !slices.Equal(before.Linked, after.Linked) {
		events = append(events, publish.NewStatusEvent(*after))
	}
	return events
}
