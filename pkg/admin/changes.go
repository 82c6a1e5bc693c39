package admin

import (
	"context"
	"time"

	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/incident"
)

// Changes returns what the action number id changes at a time. An incident that
// the action changed before is not changed again. An error with a kind of package
// fault other than Unavailable says why the action is refused.
func (a Action) Changes(ctx context.Context, id int64, at time.Time, from Incidents) ([]Change, error) {
	o := incident.Order{Action: id, At: at, Text: a.Text}
	switch a.Kind {
	case Declare:
		return a.declare(ctx, o, from)
	case MuteService:
		return a.endMuted(ctx, o, from)
	case Exclude, Include:
		return a.recount(ctx, o, from)
	case UnmuteService, BlockNetwork, UnblockNetwork:
		return nil, nil
	}
	in, err := from.Incident(ctx, a.Incident)
	if err != nil {
		return nil, err
	}
	if a.Kind == Merge {
		return a.merge(ctx, o, &in, from)
	}
	if in.HasAction(id) {
		return nil, nil
	}
	c := Change{Before: &in}
	switch a.Kind {
	case Note:
		c.After, c.Timeline, err = in.Annotate(o)
	case Retract:
		c.After, c.Timeline, err = in.Retract(o)
	case Confirm:
		c.After, c.Timeline, err = in.Confirm(o, a.until(at, 0))
	case Correct:
		if err = a.checkNeighbours(ctx, &in, from); err == nil {
			c.After, c.Timeline, err = in.Correct(o, incident.Fix{Onset: a.Onset.UTC(), End: a.End.UTC(), Countries: a.Countries})
		}
	default:
		err = fault.Field("action", "is %q, which this version does not know", a.Kind)
	}
	if err != nil {
		return nil, err
	}
	return []Change{c}, nil
}

// endMuted returns the change of the incident that goes on, if there is one: it ends.
func (a Action) endMuted(ctx context.Context, o incident.Order, from Incidents) ([]Change, error) {
	last, _, err := from.Neighbours(ctx, a.Service, o.At.Add(time.Minute))
	if err != nil || last == nil || last.State == incident.Resolved {
		return nil, err
	}
	c := Change{Before: last}
	c.After, c.Timeline = last.EndMuted(o)
	return []Change{c}, nil
}

// until returns until when silence does not end an incident that is declared at a
// time; zero for no hours.
func (a Action) until(at time.Time, fallback int) time.Time {
	hours := a.Hours
	if hours == 0 {
		hours = fallback
	}
	if hours == 0 {
		return time.Time{}
	}
	return at.Add(time.Duration(hours) * time.Hour)
}

// declare returns the change of a new incident.
func (a Action) declare(ctx context.Context, o incident.Order, from Incidents) ([]Change, error) {
	onset := a.Onset.UTC()
	switch {
	case onset.After(o.At):
		return nil, fault.Field("onset", "must not be in the future")
	case onset.Before(o.At.Add(-oldestOnset)):
		return nil, fault.Field("onset", "must be within the last %d hours", int(oldestOnset.Hours()))
	}
	before, after, err := from.Neighbours(ctx, a.Service, onset.Truncate(time.Minute).Add(time.Minute))
	if err != nil {
		return nil, err
	}
	for _, other := range []*incident.Incident{before, after} {
		switch {
		case other == nil:
		case other.HasAction(o.Action):
			return nil, nil
		case other.State != incident.Resolved:
			return nil, fault.Field("service", "has the incident %s, which goes on; confirm it instead", other.ID)
		case other == after || other.Resolved.After(onset):
			return nil, fault.Field("onset", "must be after the end of %s, %s", other.ID, other.Resolved.Format(time.RFC3339))
		}
	}
	next, timeline := incident.Declare(a.Service, onset, a.until(o.At, defaultHours), a.Countries, o)
	if old, err := from.Incident(ctx, next.ID); err == nil {
		return nil, fault.Field("onset", "is that of %s, which was retracted; name another minute", old.ID)
	} else if fault.KindOf(err) != fault.NotFound {
		return nil, err
	}
	return []Change{{After: next, Timeline: timeline}}, nil
}

// merge returns the changes of in and of the incident that it is merged into,
// which comes first.
func (a Action) merge(ctx context.Context, o incident.Order, in *incident.Incident, from Incidents) ([]Change, error) {
	into, err := from.Incident(ctx, a.Into)
	if fault.KindOf(err) == fault.NotFound {
		return nil, fault.Field("into", "is %q, and there is no such incident", a.Into)
	}
	if err != nil {
		return nil, err
	}
	first := Change{Before: &into, After: &into, Replaces: in.ID}
	if !into.HasAction(o.Action) {
		if err := checkAdjacent(ctx, in, &into, from); err != nil {
			return nil, err
		}
		if first.After, first.Timeline, err = into.Absorb(o, in); err != nil {
			return nil, err
		}
	}
	changes := []Change{first}
	if !in.HasAction(o.Action) {
		second := Change{Before: in}
		second.After, second.Timeline = in.MergeInto(o, into.ID)
		changes = append(changes, second)
	}
	return changes, nil
}

// checkAdjacent returns an error if an incident lies between a and b.
func checkAdjacent(ctx context.Context, a, b *incident.Incident, from Incidents) error {
	if a.Service != b.Service || a.ID == b.ID {
		return nil // Absorb says what is wrong
	}
	if b.Onset.Before(a.Onset) {
		a, b = b, a
	}
	_, after, err := from.Neighbours(ctx, a.Service, a.Onset)
	if err != nil {
		return err
	}
	if after != nil && after.ID != b.ID && after.Onset.Before(b.Onset) {
		return fault.Field("into", "is divided from it by %s; merge that one first", after.ID)
	}
	return nil
}

// checkNeighbours returns an error if the corrected incident would overlap with
// the one before or after it.
func (a Action) checkNeighbours(ctx context.Context, in *incident.Incident, from Incidents) error {
	if a.Onset.IsZero() && a.End.IsZero() {
		return nil
	}
	before, after, err := from.Neighbours(ctx, in.Service, in.Onset)
	if err != nil {
		return err
	}
	if before != nil && !a.Onset.IsZero() && a.Onset.Before(before.Resolved) {
		return fault.Field("onset", "must not be before the end of %s, %s", before.ID, before.Resolved.Format(time.RFC3339))
	}
	if after != nil && !a.End.IsZero() && a.End.After(after.Onset) {
		return fault.Field("end", "must not be after the onset of %s, %s", after.ID, after.Onset.Format(time.RFC3339))
	}
	return nil
}
