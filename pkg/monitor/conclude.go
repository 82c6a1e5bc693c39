package monitor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/publish"
	"github.com/outcry/outcry/pkg/window"
)

// savedAtOnce is how many incidents are saved together: when thousands of services
// fail at once, waiting for the archive once for each would take longer than a tick.
const savedAtOnce = 100

// concludeAll draws the conclusions from judgements, saves the incidents that changed,
// and publishes all of it: nothing is published before it is saved. A service
// whose incident could not be saved is judged again at the next tick.
func (m *Monitor) concludeAll(ctx context.Context, all []*judged, now time.Time) (err error) {
	for some := range slices.Chunk(all, savedAtOnce) {
		var done []*judged
		var changed []publish.Conclusion
		for _, j := range some {
			c, concludeErr := m.conclude(ctx, j)
			if concludeErr != nil {
				err = errors.Join(err, fmt.Errorf("conclude on %s: %w", j.service, concludeErr))
				j.judgeAgain()
				continue
			}
			if done = append(done, j); c != nil {
				changed = append(changed, *c)
			}
		}
		saved, saveErr := m.saveAll(ctx, changed)
		err = errors.Join(err, saveErr)
		for _, j := range done {
			var events []publish.Event
			if len(changed) > 0 && changed[0].Incident.Service == j.service {
				if len(saved) == 0 {
					changed = changed[1:]
					j.judgeAgain()
					continue
				}
				m.goOn(j.watch, &changed[0])
				events, changed, saved = saved[0], changed[1:], saved[1:]
			}
			m.logWithheld(j)
			m.publish(j, events, now)
		}
	}
	return err
}

// conclude has incident draw its conclusion from a judgement. It returns the version
// that is to be saved, or nil if the incident did not change.
func (m *Monitor) conclude(ctx context.Context, j *judged) (*publish.Conclusion, error) {
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
	return m.conclusionOf(ctx, j.watch, next, timeline)
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
	c, err := m.conclusionOf(ctx, j.watch, ended, timeline)
	if err != nil {
		return err
	}
	events, err := m.saveOne(ctx, c)
	if err != nil {
		return err
	}
	m.goOn(j.watch, c)
	j.Reports = since.counts.total()
	m.Publisher.Publish(events...)
	return nil
}

// conclusionOf returns what is to be saved of an incident that changed.
func (m *Monitor) conclusionOf(ctx context.Context, w *watch, next *incident.Incident, timeline []incident.Event) (*publish.Conclusion, error) {
	before := w.incident
	if before != nil && before.State != incident.Resolved && next.State == incident.Resolved {
		if err := m.freeze(ctx, w, next); err != nil {
			return nil, err
		}
	}
	return &publish.Conclusion{Incident: *next, Timeline: timeline, Events: eventsOf(before, next, timeline)}, nil
}

// saveAll saves versions of incidents and returns the events of each with their IDs.
// After an error, the first len(saved) of them are saved.
func (m *Monitor) saveAll(ctx context.Context, all []publish.Conclusion) (saved [][]publish.Event, err error) {
	if len(all) == 0 {
		return nil, nil
	}
	saved, err = m.Archive.SaveIncidents(ctx, all)
	if err != nil {
		return saved, fmt.Errorf("save %d incidents, the first of them %s: %w", len(all)-len(saved), all[len(saved)].Incident.ID, err)
	}
	return saved, nil
}

// saveOne saves one version of an incident and returns its events with their IDs.
func (m *Monitor) saveOne(ctx context.Context, c *publish.Conclusion) ([]publish.Event, error) {
	saved, err := m.saveAll(ctx, []publish.Conclusion{*c})
	if err != nil {
		return nil, err
	}
	return saved[0], nil
}

// goOn goes on with the saved version of an incident.
func (m *Monitor) goOn(w *watch, c *publish.Conclusion) {
	next := c.Incident
	w.incident = &next
	for _, e := range c.Timeline {
		m.Log.Info("incident changed", "incident", next.ID, "change", string(e.Change), "level", next.Level.String(),
			"observed", e.Observed, "expected", e.Expected, "networks", e.Networks)
	}
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
