package incident

import (
	"slices"
	"time"

	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/fault"
)

// Confirm returns in, which is suspected, as declared by an operator. Until the
// time until, silence does not end it; a zero until leaves the end to the counts.
func (in *Incident) Confirm(o Order, until time.Time) (*Incident, []Event, error) {
	switch {
	case in.State == Resolved:
		return nil, nil, fault.Field("incident", "is over; declare a new one with the service and its onset")
	case in.State != Suspected:
		return nil, nil, fault.Field("incident", "was declared before, at %s", in.Declared.Format(time.RFC3339))
	}
	next := in.clone()
	next.State, next.Level, next.ByHand, next.Until = Confirmed, detect.Outage, true, until
	next.EchoOf, next.EchoShare, next.EchoFit = "", 0, 0
	if next.Declared.IsZero() {
		next.Declared = o.At
	}
	next.Verdict.Confidence = max(next.Verdict.Confidence, leastSure)
	next.explainByHand()
	return next, next.note(o, Correction{Change: Declared}), nil
}

// Declare returns a new incident of a service that an operator declares without
// evidence. It began at onset, and silence does not end it before until.
func Declare(service string, onset, until time.Time, countries []string, o Order) (*Incident, []Event) {
	onset = onset.UTC().Truncate(time.Minute)
	in := &Incident{
		ID: idOf(service, onset), Service: service, State: Confirmed, Level: detect.Outage, Onset: onset,
		Suspected: o.At, Declared: o.At, ByHand: true, Until: until,
	}
	if len(countries) > 0 {
		in.Named = slices.Compact(slices.Sorted(slices.Values(countries)))
		in.listCountries(nil)
	}
	in.Verdict.Confidence = leastSure
	in.explainByHand()
	return in, in.note(o, Correction{Change: Declared})
}

// idOf returns the ID of an incident of a service with this first onset.
func idOf(service string, onset time.Time) string {
	return service + "-" + onset.UTC().Format("2006-01-02-1504")
}

// endByHand ends in, or moves its end. It recovered no later.
func (in *Incident) endByHand(end, at time.Time) {
	if end.Before(in.Easing) {
		in.Easing = end
	}
	in.State, in.Level, in.Resolved, in.Updated = Resolved, detect.OK, end, at
	in.Held, in.Quiet, in.Until, in.Members = time.Time{}, time.Time{}, time.Time{}, nil
}

// EndMuted returns in, which goes on, as ended because its service is muted. If its
// trouble lasts longer than the mute, it reopens, or another incident begins.
func (in *Incident) EndMuted(o Order) (*Incident, []Event) {
	next := in.clone()
	next.endByHand(o.At, o.At)
	return next, next.note(o, Correction{Change: Muted})
}

// Mute returns j without any trouble: its service is muted.
func (j Judgement) Mute() Judgement {
	j.Service = withoutTrouble(j.Service)
	j.Countries, j.Symptoms = slices.Clone(j.Countries), slices.Clone(j.Symptoms)
	for i := range j.Countries {
		j.Countries[i].Verdict = withoutTrouble(j.Countries[i].Verdict)
	}
	for i := range j.Symptoms {
		j.Symptoms[i].Verdict = withoutTrouble(j.Symptoms[i].Verdict)
	}
	return j
}

// withoutTrouble returns v without trouble.
func withoutTrouble(v detect.Verdict) detect.Verdict {
	if v.Level != detect.Unknown {
		v.Level, v.Reason = detect.OK, detect.Reason{Code: detect.ReasonMuted}
	}
	return v
}

// isHeldOpen reports whether an operator's word keeps in open at a time.
func (in *Incident) isHeldOpen(at time.Time) bool { return at.Before(in.Until) }

// explainByHand sets the reason of a declared incident whose evidence does not
// support an outage: an operator declared it.
func (in *Incident) explainByHand() {
	if in.ByHand && in.State != Suspected && levelOf(in.Verdict) < detect.Outage {
		in.Verdict.Reason = detect.Reason{Code: detect.ReasonByHand}
	}
}

// Dismiss returns j without the trouble that began until a time: an operator
// found that it is none. Its anomalies remain, and have ended when they have.
func (j Judgement) Dismiss(until time.Time) Judgement {
	j.Service = dismissed(j.Service, until)
	j.Countries = slices.Clone(j.Countries)
	for i := range j.Countries {
		j.Countries[i].Verdict = dismissed(j.Countries[i].Verdict, until)
	}
	j.Symptoms = slices.Clone(j.Symptoms)
	for i := range j.Symptoms {
		j.Symptoms[i].Verdict = dismissed(j.Symptoms[i].Verdict, until)
	}
	return j
}

// dismissed returns v without trouble if it began until a time.
func dismissed(v detect.Verdict, until time.Time) detect.Verdict {
	if v.Onset.IsZero() || v.Onset.After(until) || !v.Anomalous {
		return v
	}
	v.Reason = detect.Reason{Code: detect.ReasonDismissed}
	if v.Level != detect.Unknown {
		v.Level = detect.OK
	}
	return v
}
