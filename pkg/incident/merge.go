package incident

import (
	"slices"
	"time"

	"github.com/outcry/outcry/pkg/fault"
)

// Absorb returns in joined with another incident of its service, which then was
// part of it. If one of the two goes on, so does the result. Totals and peak have
// to be counted again.
func (in *Incident) Absorb(o Order, other *Incident) (*Incident, []Event, error) {
	switch {
	case in.ID == other.ID:
		return nil, nil, fault.Field("into", "must be another incident")
	case in.Service != other.Service:
		return nil, nil, fault.Field("into", "must be an incident of the same service, %s", other.Service)
	case in.IsRetracted():
		return nil, nil, fault.Field("into", "was retracted")
	case other.IsRetracted():
		return nil, nil, fault.Field("incident", "was retracted")
	}
	next := in.clone()
	if in.State == Resolved && other.State != Resolved { // the trouble that goes on is other's
		next = other.clone()
		next.ID, next.Version, next.Corrections = in.ID, in.Version, slices.Clone(in.Corrections)
		next.After = in.After
		next.Event, next.Linked = in.Event, slices.Clone(in.Linked)
		next.ByHand = in.ByHand || other.ByHand
		if next.Named == nil {
			next.Named = slices.Clone(in.Named)
		}
	}
	next.Onset, next.Suspected = earliest(in.Onset, other.Onset), earliest(in.Suspected, other.Suspected)
	next.Declared, next.Easing = earliest(in.Declared, other.Declared), latest(in.Easing, other.Easing)
	next.Reopened = latest(in.Reopened, other.Reopened)
	if next.State == Resolved {
		next.Resolved = latest(in.Resolved, other.Resolved)
	}
	next.Reports = in.Reports + other.Reports
	next.Split = nil
	if next.Peak.Observed < other.Peak.Observed {
		next.Peak = other.Peak
	}
	if next.Peak.Observed < in.Peak.Observed {
		next.Peak = in.Peak
	}
	next.joinSegments(in, other)
	if !next.Declared.IsZero() {
		next.EchoOf, next.EchoShare, next.EchoFit = "", 0, 0
	}
	return next, next.note(o, Correction{Change: Merged, Other: other.ID}), nil
}

// MergeInto returns in as a part of the incident with this ID: over, and listed
// nowhere.
func (in *Incident) MergeInto(o Order, id string) (*Incident, []Event) {
	next := in.clone()
	next.RetractedAt, next.MergedInto = o.At, id
	if next.State != Resolved {
		next.endByHand(o.At, o.At)
	}
	return next, next.note(o, Correction{Change: Merged, Other: id})
}

// joinSegments adds the countries, symptoms and links of a and b to in.
func (in *Incident) joinSegments(a, b *Incident) {
	for _, one := range []*Incident{a, b} {
		in.Countries = joined(in.Countries, one.Countries)
		in.Symptoms = joined(in.Symptoms, one.Symptoms)
		in.Linked = append(in.Linked, one.Linked...)
	}
	SortSegments(in.Countries)
	SortSegments(in.Symptoms)
	slices.Sort(in.Linked)
	in.Linked = slices.DeleteFunc(slices.Compact(in.Linked), func(id string) bool { return id == a.ID || id == b.ID })
	in.Linked = in.Linked[:min(len(in.Linked), MaxLinked)]
	if in.Event == "" || a.Event != "" && compareEvents(a.Event, in.Event) < 0 {
		in.Event = a.Event
	}
	if in.Event == "" || b.Event != "" && compareEvents(b.Event, in.Event) < 0 {
		in.Event = b.Event
	}
}

// joined returns all with the segments of more that it lacks.
func joined(all, more []Segment) []Segment {
	for _, s := range more {
		if !slices.ContainsFunc(all, func(have Segment) bool { return have.ID == s.ID }) {
			all = append(all, s)
		}
	}
	return all
}

// earliest returns the earlier of two times, of which zero ones do not count.
func earliest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// latest returns the later of two times.
func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
