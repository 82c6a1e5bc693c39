package monitor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/outcry/outcry/pkg/admin"
	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/publish"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// Actions is what the monitor needs of the audit trail. It applies the actions of
// operators, because it alone changes incidents.
type Actions interface {
	// WaitingActions returns the actions to be applied, oldest first.
	WaitingActions(ctx context.Context) ([]admin.Entry, error)
	// FinishAction notes that an action was applied or refused.
	FinishAction(ctx context.Context, id int64, state admin.State, message string, at time.Time) error
	// Incident and Neighbours read incidents of all times. The error of Incident is
	// fault.Unavailable while a later version is on its way to the archive.
	Incident(ctx context.Context, id string) (incident.Incident, []incident.Event, error)
	Neighbours(ctx context.Context, service string, onset time.Time) (before, after *incident.Incident, err error)
	// Mutes returns the mutes that are not over at now. SetMute sets one, or ends it
	// with a time that has passed.
	Mutes(ctx context.Context, now time.Time) ([]admin.Mute, error)
	SetMute(ctx context.Context, m admin.Mute, now time.Time) error
	// Exclude takes reports out of the counts of the archive. Include puts back what an
	// action took out, and Exclusion returns it.
	Exclude(ctx context.Context, e window.Exclusion) error
	Include(ctx context.Context, id int64) error
	Exclusion(ctx context.Context, id int64) (window.Exclusion, error)
	// SetBlock blocks a network, or ends that with an Until that has passed.
	SetBlock(ctx context.Context, b report.Block, now time.Time) error
}

const (
	// actionsTimeout bounds the reading of waiting actions, for which a tick waits.
	actionsTimeout = 2 * time.Second
	// actionsPause is how long they are not read after a failure.
	actionsPause = 30 * time.Second
)

// applyActions applies the actions that wait. One that fails stays and is tried
// again at the next tick: it changes no incident twice.
func (m *Monitor) applyActions(ctx context.Context, now time.Time, missing *partitions) error {
	if m.Actions == nil || now.Before(m.actionsAt) {
		return nil
	}
	limited, cancel := context.WithTimeout(ctx, actionsTimeout)
	defer cancel()
	waiting, err := m.Actions.WaitingActions(limited)
	if err == nil {
		err = m.readMutes(limited, now)
	}
	if err != nil {
		m.actionsAt = now.Add(actionsPause)
		return fmt.Errorf("read what operators ask for: %w", err)
	}
	for _, e := range waiting {
		if actionErr := m.applyAction(ctx, e, now, missing); actionErr != nil {
			err = errors.Join(err, fmt.Errorf("apply action %d: %w", e.ID, actionErr))
		}
	}
	m.watchMuted(now)
	return err
}

// applyAction applies or refuses one action, and notes which.
func (m *Monitor) applyAction(ctx context.Context, e admin.Entry, now time.Time, missing *partitions) error {
	changes, err := e.Action.Changes(ctx, e.ID, now, m)
	if err == nil && (e.Action.Kind == admin.Exclude || e.Action.Kind == admin.Include) {
		err = m.applyExclusion(ctx, e, now) // incidents are then counted without it
	}
	for _, c := range changes {
		if err == nil && missing.has(c.After.Service) {
			return nil // it waits until the partition is back
		}
		if err == nil {
			err = m.applyChange(ctx, c, now)
		}
	}
	if err == nil {
		switch e.Action.Kind {
		case admin.MuteService, admin.UnmuteService:
			err = m.applyMute(ctx, e, now)
		case admin.BlockNetwork, admin.UnblockNetwork:
			err = m.applyBlock(ctx, e, now)
		}
	}
	state, message := admin.Applied, ""
	if err != nil {
		var f *fault.Error
		if !errors.As(err, &f) || f.Kind == fault.Internal || f.Kind == fault.Unavailable {
			return err
		}
		state, message = admin.Refused, f.Error()
	}
	m.Log.Info("what an operator asked for was applied or refused", "action", e.ID, "kind", string(e.Action.Kind), "key", e.Key.ID, "state", string(state), "message", message)
	return m.Actions.FinishAction(ctx, e.ID, state, message, now)
}

// blockedFor is for how long a network is blocked.
const blockedFor = 24 * time.Hour

// applyBlock blocks a network, or ends that. All processes learn of it from the
// archive.
func (m *Monitor) applyBlock(ctx context.Context, e admin.Entry, now time.Time) error {
	if e.Action.Block == nil {
		return fault.Field("network", "is missing")
	}
	b := *e.Action.Block
	if b.Until = now; e.Action.Kind == admin.BlockNetwork {
		b.Until = e.At.Add(blockedFor)
	}
	return m.Actions.SetBlock(ctx, b, now)
}

// Incident returns the incident with this ID as the monitor knows it, or else as
// it is archived.
func (m *Monitor) Incident(ctx context.Context, id string) (incident.Incident, error) {
	if w := m.watchOf(id); w != nil {
		return *w.incident, nil
	}
	in, _, err := m.Actions.Incident(ctx, id)
	return in, err
}

// watchOf returns the watch whose incident has this ID, or nil.
func (m *Monitor) watchOf(id string) *watch {
	if len(id) <= len(incidentSuffix) {
		return nil
	}
	w := m.services[id[:len(id)-len(incidentSuffix)]]
	if w == nil || w.incident == nil || w.incident.ID != id {
		return nil
	}
	return w
}

// incidentSuffix is what an ID has after the service, in the form of time.Format.
const incidentSuffix = "-2006-01-02-1504"

// Neighbours returns the incidents of a service before and after an onset.
func (m *Monitor) Neighbours(ctx context.Context, service string, onset time.Time) (before, after *incident.Incident, err error) {
	before, after, err = m.Actions.Neighbours(ctx, service, onset)
	if err != nil {
		return nil, nil, err
	}
	if w := m.services[service]; w != nil {
		before, after = admin.NewerNeighbours(before, after, w.incident, onset)
	}
	return before, after, nil
}

// applyChange counts a changed incident again, saves and publishes it, and goes on
// with it.
func (m *Monitor) applyChange(ctx context.Context, c admin.Change, now time.Time) error {
	next := c.After
	if len(c.Timeline) > 0 {
		if err := m.recount(ctx, c, now); err != nil {
			return err
		}
		events, err := m.saveOne(ctx, &publish.Conclusion{Incident: *next, Timeline: c.Timeline, Events: eventsOf(c.Before, next, c.Timeline)})
		if err != nil {
			return err
		}
		m.Publisher.Publish(events...)
	}
	m.goOnWith(next, c.Replaces)
	return nil
}

// goOnWith goes on with an incident that an operator changed, if it is the present
// one of its service or takes the place of that.
func (m *Monitor) goOnWith(next *incident.Incident, replaces string) {
	w := m.services[next.Service]
	if w == nil && next.State != incident.Resolved {
		w = m.watch(next.Service)
	}
	if w == nil {
		return
	}
	if w.over != nil && (w.over.ID == next.ID || w.over.ID == replaces) {
		if w.over = next; next.IsRetracted() {
			w.over = nil
		}
	}
	isPresent := w.incident != nil && (w.incident.ID == next.ID || w.incident.ID == replaces)
	if isPresent || next.State != incident.Resolved {
		w.incident = next
		w.judgeAgain()
	}
}

// recount counts the reports of an incident again whose span or whose reports changed.
func (m *Monitor) recount(ctx context.Context, c admin.Change, now time.Time) error {
	next := c.After
	if c.Before != nil && c.Before.Onset.Equal(next.Onset) && c.Before.Resolved.Equal(next.Resolved) && !c.Recount {
		return nil
	}
	baselines, err := m.Baselines.Service(ctx, next.Service, now)
	if err != nil {
		return err
	}
	w := &watch{service: next.Service, baselines: baselines}
	switch {
	case next.State != incident.Resolved:
		return m.recountLive(ctx, w, next, now, c.Recount)
	case next.Resolved.Before(keptWhole(now)):
		return m.recountArchived(ctx, next)
	}
	next.Reports = 0 // freeze never makes it smaller if the archive cannot be read
	return m.freeze(ctx, w, next)
}

// recountLive counts an incident that goes on. Its busiest window is found again if it
// lies before the onset, or if its reports are others.
func (m *Monitor) recountLive(ctx context.Context, w *watch, next *incident.Incident, now time.Time, isOther bool) error {
	since, err := m.countSince(ctx, w, next.Onset, now.Add(window.Width), now)
	if err != nil {
		return err
	}
	next.Reports = since.counts.total()
	if begins, _ := next.Peak.Span(); (isOther || begins.Before(next.Onset)) && next.Peak.Window > 0 {
		next.Peak = incident.BusiestWindow(minutesOf(since.buckets, w.baselines, now), now)
	}
	return nil
}

// recountArchived counts an incident that is older than the buckets. Its minutes
// are known no more, so its busiest window must stay within it. Its split is left
// to the readers, who have the rollups.
func (m *Monitor) recountArchived(ctx context.Context, next *incident.Incident) error {
	begins, ends := next.Peak.Span()
	if next.Peak.Window > 0 && (begins.Before(next.Onset) || next.Resolved.Add(window.Width).Before(ends)) {
		return fault.Field("incident", "has its busiest window from %s to %s, which must stay within it: its counts by minute are not kept any more",
			begins.Format(time.RFC3339), ends.Format(time.RFC3339))
	}
	next.Split = nil
	end := next.Resolved.Add(window.Width - 1).Truncate(window.Width)
	whole := end.Truncate(window.RollupWidth)
	if whole.Before(next.Onset) {
		whole = next.Onset
	}
	all, err := m.archived(ctx, next.Service, next.Onset, whole)
	if err != nil {
		return err
	}
	rest, err := m.Archive.CountProblems(ctx, next.Service, whole, end)
	if err != nil {
		return err
	}
	if n := all.total() + counts(rest).total(); n > 0 {
		next.Reports = n
		next.Peak.Observed = min(next.Peak.Observed, n)
	}
	return nil
}
