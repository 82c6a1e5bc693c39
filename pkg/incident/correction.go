package incident

import (
	"slices"
	"time"

	"github.com/outcry/outcry/pkg/fault"
)

// Changes that an operator makes.
const (
	Annotated Change = "note"      // a public note was added
	Retracted Change = "retracted" // it was no trouble of the service
	Corrected Change = "corrected" // the onset, the end or the countries were changed
	Declared  Change = "declared"  // it was confirmed by hand
	Merged    Change = "merged"    // with another incident of the service
	Muted     Change = "muted"     // it ended because its service was muted
	Recounted Change = "recounted" // reports were excluded or included, and its reports counted again
)

// Order is what all changes by an operator have in common.
type Order struct {
	Action int64             // the number of the action in the audit trail
	At     time.Time         // when it is applied
	Text   map[string]string // what the operator says in public, by language code; may be empty
}

// Correction is one change by an operator, as the incident shows it for ever.
type Correction struct {
	Order
	Version   int64    // of the incident after the change
	Change    Change   // one of those above
	Onset     *Moved   // nil if it was not changed
	End       *Moved   // nil if it was not changed
	Countries *Renamed // nil if they were not changed
	Other     string   // the ID of the incident that it was merged with
}

// Moved is a time before and after a change. A zero From means that there was none.
type Moved struct{ From, To time.Time }

// Renamed is the codes of countries before and after a change, sorted.
type Renamed struct{ From, To []string }

// HasAction reports whether the action of the audit trail changed in already.
func (in *Incident) HasAction(action int64) bool {
	return slices.ContainsFunc(in.Corrections, func(c Correction) bool { return c.Action == action })
}

// IsRetracted reports whether an operator took in back, or merged it into another
// incident. It is kept for ever and listed nowhere.
func (in *Incident) IsRetracted() bool { return !in.RetractedAt.IsZero() }

// EndedByHand reports whether an operator ended in while its counts may have been
// high. It is remembered as long as they are.
func (in *Incident) EndedByHand() bool {
	isMuted := slices.ContainsFunc(in.Corrections, func(c Correction) bool { return c.Change == Muted })
	return in.State == Resolved && (isMuted || !in.Dismissed.IsZero())
}

// Annotate returns in with a public note.
func (in *Incident) Annotate(o Order) (*Incident, []Event, error) {
	if len(o.Text) == 0 {
		return nil, nil, fault.Field("text", "is missing; say what is to be read, such as {\"en\": \"…\"}")
	}
	next := in.clone()
	return next, next.note(o, Correction{Change: Annotated}), nil
}

// Retract returns in as over and taken back: there was no trouble. What is
// anomalous now is dismissed: it opens no incident again.
func (in *Incident) Retract(o Order) (*Incident, []Event, error) {
	switch {
	case in.IsRetracted():
		return nil, nil, fault.Field("incident", "was retracted before, at %s", in.RetractedAt.Format(time.RFC3339))
	case len(o.Text) == 0:
		return nil, nil, fault.Field("text", "is missing; a retraction says in public why, such as {\"en\": \"…\"}")
	}
	next := in.clone()
	next.RetractedAt, next.Dismissed = o.At, o.At
	if next.State != Resolved {
		next.endByHand(o.At, o.At)
	}
	return next, next.note(o, Correction{Change: Retracted}), nil
}

// Recount returns in as counted again, because reports of its time were excluded or
// included. The caller counts.
func (in *Incident) Recount(o Order) (*Incident, []Event) {
	next := in.clone()
	return next, next.note(o, Correction{Change: Recounted})
}

// KeepCounted leaves out the countries and symptoms of in, a resolved incident, of which
// no report is left after it was counted again.
func (in *Incident) KeepCounted() {
	wasRecounted := slices.ContainsFunc(in.Corrections, func(c Correction) bool { return c.Change == Recounted })
	if !wasRecounted || in.Split == nil {
		return
	}
	in.Symptoms = counted(in.Symptoms, in.Split.Symptoms)
	if len(in.Named) == 0 {
		in.Countries = counted(in.Countries, in.Split.Countries)
	}
	in.Verdict.Networks = int(min(int64(in.Verdict.Networks), in.Reports))
}

// counted returns those of segments of which split has reports.
func counted(segments, split []Segment) []Segment {
	var kept []Segment
	for _, s := range segments {
		i := slices.IndexFunc(split, func(one Segment) bool { return one.ID == s.ID && one.Observed > 0 })
		if i >= 0 {
			s.Observed = min(s.Observed, split[i].Observed)
			kept = append(kept, s)
		}
	}
	return kept
}

// Fix is what is to be corrected. Zero fields stay as they are.
type Fix struct {
	Onset     time.Time
	End       time.Time
	Countries []string // codes; the counts no longer decide which belong to the incident
}

// Correct returns in with another onset, end or countries. An end makes an
// incident that goes on end; what is anomalous now is then dismissed. The onset
// stays before all that was published of the incident, and the end after it.
// The ID stays the same.
func (in *Incident) Correct(o Order, f Fix) (*Incident, []Event, error) {
	f.Onset = f.Onset.Truncate(time.Minute)
	if err := in.checkFix(o, f); err != nil {
		return nil, nil, err
	}
	next, c := in.clone(), Correction{Change: Corrected}
	if !f.Onset.IsZero() {
		c.Onset = &Moved{in.Onset, f.Onset}
		next.Onset = f.Onset
	}
	if !f.End.IsZero() {
		c.End = &Moved{in.Resolved, f.End}
		if in.State != Resolved {
			next.Dismissed = o.At
		}
		next.endByHand(f.End, o.At)
	}
	if len(f.Countries) > 0 {
		named := slices.Compact(slices.Sorted(slices.Values(f.Countries)))
		c.Countries = &Renamed{in.countryCodes(), named}
		next.Named = named
		next.listCountries(nil)
	}
	return next, next.note(o, c), nil
}

// checkFix returns the error of what f would make wrong.
func (in *Incident) checkFix(o Order, f Fix) error {
	onset, end := in.Onset, in.Resolved
	if !f.Onset.IsZero() {
		onset = f.Onset
	}
	if !f.End.IsZero() {
		end = f.End
	}
	switch latest := in.latestPublished(); {
	case in.IsRetracted():
		return fault.Field("incident", "was retracted; only notes can be added")
	case f.Onset.IsZero() && f.End.IsZero() && len(f.Countries) == 0:
		return fault.Field("onset", "is missing, and so are end and countries; name at least one of them")
	case !f.End.IsZero() && end.Before(onset):
		return fault.Field("end", "must not be before the onset, %s", onset.Format(time.RFC3339))
	case onset.After(in.Suspected):
		return fault.Field("onset", "must not be after %s, when the incident was first suspected", in.Suspected.Format(time.RFC3339))
	case f.End.After(o.At):
		return fault.Field("end", "must not be in the future")
	case !f.End.IsZero() && end.Before(latest):
		return fault.Field("end", "must not be before %s, when the incident was last published as begun or declared; retract an incident that never was", latest.Format(time.RFC3339))
	}
	return nil
}

// latestPublished returns the latest time at which in was published as begun.
func (in *Incident) latestPublished() time.Time {
	latest := in.Suspected
	for _, t := range []time.Time{in.Declared, in.Reopened} {
		if t.After(latest) {
			latest = t
		}
	}
	return latest
}

// note adds c, the change of an order, which makes a new version of in, and
// returns its entry for the timeline.
func (in *Incident) note(o Order, c Correction) []Event {
	in.Updated = o.At
	e := in.timelineEntry(Judgement{At: o.At}, c.Change)
	c.Order, c.Version = o, in.Version
	in.Corrections = append(in.Corrections, c)
	return []Event{e}
}

// countryCodes returns the codes of the countries of in, sorted.
func (in *Incident) countryCodes() []string {
	codes := make([]string, len(in.Countries))
	for i, s := range in.Countries {
		codes[i] = s.ID
	}
	slices.Sort(codes)
	return codes
}
