package incident

import (
	"slices"
	"time"

	"github.com/outcry/outcry/pkg/detect"
)

// Apply returns the incident of a service after one tick, and the events of that
// tick. cur is the present incident, or the last one while it may reopen, or nil;
// it is not changed. The result is nil when there is nothing to remember.
//
// Version grows with every change that readers must learn of: the state, the
// countries, the peak, the relations. A caller archives the incident when its
// Version has changed. It may store the live copy at every tick, which also keeps
// the times that confirmation and end wait for.
func Apply(cur *Incident, service string, j Judgement, p Policy) (next *Incident, timeline []Event) {
	if cur == nil {
		if !j.Known || j.level() == detect.OK {
			return nil, nil
		}
		next = &Incident{Service: service}
		return next, next.begin(j, BecameSuspected)
	}
	next = cur.clone()
	switch {
	case !j.Known:
		next.Held, next.Quiet = time.Time{}, time.Time{} // a gap restarts both waits
		return next, nil
	case cur.State != Resolved:
		return next, next.update(j, p)
	case j.level() == detect.OK:
		if j.At.Sub(cur.Resolved) > p.ReopenWithin && !(cur.EndedByHand() && j.Anomalous()) {
			return nil, nil
		}
		return cur, nil
	case j.followsEcho(cur):
		next = &Incident{Service: service, After: cur.Resolved.Truncate(time.Minute).Add(time.Minute)}
		timeline = next.begin(j, BecameSuspected)
		next.Held = cur.Held
		return next, append(timeline, next.advance(j, p)...)
	case Reopens(cur, j.At, p):
		next.Resolved, next.Easing, next.Reopened, next.Split = time.Time{}, time.Time{}, j.At, nil
		return next, next.begin(j, Reopened)
	}
	next = &Incident{Service: service, After: minuteAfter(cur), Dismissed: cur.Dismissed}
	return next, next.begin(j, BecameSuspected)
}

// Reopens reports whether trouble at a time belongs to last, an incident that is
// already over.
func Reopens(last *Incident, at time.Time, p Policy) bool {
	return last != nil && last.State == Resolved && !last.IsRetracted() && at.Sub(last.Resolved) <= p.ReopenWithin
}

// begin makes in suspected, for the first time or again.
func (in *Incident) begin(j Judgement, c Change) []Event {
	in.State, in.Level = Suspected, detect.Warning
	in.ByHand, in.Until = false, time.Time{}
	if in.ID == "" {
		in.Suspected = j.At
		in.Onset = firstOnset(j, in.After)
		in.ID = idOf(in.Service, in.Onset)
	}
	in.Held, in.Quiet = time.Time{}, time.Time{}
	in.observe(j)
	in.applyRelation(j.Relation)
	in.addCountries(j.affectedCountries(), j.At)
	in.updateHold(j)
	in.explainSuspicion()
	return []Event{in.timelineEntry(j, c)}
}

// update applies a judgement to an incident that is not over.
func (in *Incident) update(j Judgement, p Policy) []Event {
	if j.level() == detect.OK && in.isHeldOpen(j.At) {
		in.Quiet, in.Held = time.Time{}, time.Time{}
		if in.observe(j) {
			in.Version++
		}
		return nil
	}
	if j.level() == detect.OK {
		if in.Quiet.IsZero() {
			in.Quiet = j.At
		}
		in.Held = time.Time{}
		end := j.latestEnd()
		if end.IsZero() && j.At.Sub(in.Quiet) < p.ResolveAfter {
			in.Updated, in.Reports = j.At, max(in.Reports, j.Reports)
			return nil
		}
		return in.resolve(j, end)
	}
	in.Quiet = time.Time{}
	peakRose, related := in.observe(j), in.applyRelation(j.Relation)
	if peakRose || related {
		in.Version++
	}
	in.updateHold(j)
	in.explainSuspicion()
	return in.advance(j, p)
}

// advance moves in to its next state when that is due, or else changes its
// countries.
func (in *Incident) advance(j Judgement, p Policy) []Event {
	switch {
	case in.State == Suspected && in.isConfirmable(j, p):
		in.State, in.Level = Confirmed, detect.Outage
		in.EchoOf, in.EchoShare, in.EchoFit = "", 0, 0
		if in.Declared.IsZero() {
			in.Declared = j.At
		}
		in.Verdict.Reason = j.conclusion().Reason
		in.Verdict.Confidence = max(in.Verdict.Confidence, leastSure)
		in.addCountries(j.affectedCountries(), j.At)
		return []Event{in.timelineEntry(j, BecameConfirmed)}
	case in.State == Confirmed && j.allEasing():
		in.State, in.Easing = Recovering, j.At
		in.refreshCountries(j.affectedCountries(), j.At)
		return []Event{in.timelineEntry(j, BecameRecovering)}
	case in.State == Recovering && !j.allEasing():
		in.State, in.Easing = Confirmed, time.Time{}
		in.refreshCountries(j.affectedCountries(), j.At)
		return []Event{in.timelineEntry(j, BecameConfirmed)}
	}
	if in.changeCountries(j.affectedCountries(), j.At, p) {
		return []Event{in.timelineEntry(j, CountriesChanged)}
	}
	return nil
}

// resolve ends in at end, or at Quiet when end is zero. The end is an estimate
// that looks back. It is never before anything that was published of in except
// that it recovered, which is then moved back to the end.
func (in *Incident) resolve(j Judgement, end time.Time) []Event {
	if end.IsZero() {
		end = in.Quiet
	}
	for _, earlier := range []time.Time{in.Suspected, in.Declared, in.Reopened} {
		if end.Before(earlier) {
			end = earlier
		}
	}
	if j.At.Before(end) {
		end = j.At
	}
	if end.Before(in.Easing) {
		in.Easing = end
	}
	v := j.conclusion()
	v.Networks, v.Largest, v.Confidence = in.Verdict.Networks, in.Verdict.Largest, in.Verdict.Confidence
	in.State, in.Level = Resolved, detect.OK
	in.Resolved, in.Updated = end, j.At
	in.Reports, in.Verdict = max(in.Reports, j.Reports), v
	in.Quiet, in.Members = time.Time{}, nil
	return []Event{in.timelineEntry(j, BecameResolved)}
}

// updateHold updates Held and Echoed. The evidence of an echo does not count as
// that of an outage.
func (in *Incident) updateHold(j Judgement) {
	supported, isEcho := j.level() >= detect.Outage, in.EchoOf != "" && j.Relation.EchoOf != ""
	if supported && isEcho && in.Echoed.IsZero() {
		in.Echoed = j.At
	}
	switch {
	case !supported || isEcho:
		in.Held = time.Time{}
	case in.Held.IsZero():
		in.Held = j.At
	}
}

// explainSuspicion sets the reason of a suspected incident whose evidence
// supports an outage: what its confirmation waits for.
func (in *Incident) explainSuspicion() {
	if in.State != Suspected || in.Verdict.Level != detect.Outage {
		return
	}
	in.Verdict.Reason.Code = detect.ReasonBrief
	if in.EchoOf != "" {
		in.Verdict.Reason.Code = detect.ReasonEcho
	}
}

// applyRelation updates the echo and the links, and reports whether the service
// whose echo this may be or the links changed. An incident that was ever confirmed
// is no echo. One that was held as an echo remains one until what is not explained
// is confirmed.
func (in *Incident) applyRelation(r Relation) (changed bool) {
	before := in.EchoOf
	switch {
	case in.State != Suspected || !in.Declared.IsZero():
		in.EchoOf, in.EchoShare, in.EchoFit = "", 0, 0
	case r.EchoOf != "":
		in.EchoOf, in.EchoShare, in.EchoFit = r.EchoOf, r.Share, r.Fit
	case r.Rest.IsZero() || in.Echoed.IsZero():
		in.EchoOf, in.EchoShare, in.EchoFit = "", 0, 0
	}
	changed = in.EchoOf != before
	if r.Event != "" && r.Event != in.Event {
		in.Event, changed = r.Event, true
	}
	for _, id := range r.Linked {
		if len(in.Linked) >= MaxLinked {
			break
		}
		if i, found := slices.BinarySearch(in.Linked, id); !found {
			in.Linked, changed = slices.Insert(in.Linked, i, id), true
		}
	}
	return changed
}

// observe updates counts, symptoms, confidence and peak from the verdicts, and
// reports whether the peak rose.
func (in *Incident) observe(j Judgement) (peakRose bool) {
	v := j.conclusion()
	if !in.Declared.IsZero() {
		v.Confidence = max(v.Confidence, in.Verdict.Confidence, leastSure)
	}
	in.Updated, in.Verdict, in.Reports = j.At, v, max(in.Reports, j.Reports)
	in.Symptoms = j.affectedSymptoms()
	in.ByHand = in.ByHand && levelOf(v) < detect.Outage // later the counts alone explain it
	in.explainByHand()
	in.countNamed(j.CountrySegments)
	p := j.peakSince(in.Onset)
	if p.Observed <= in.Peak.Observed {
		return false
	}
	in.Peak = p
	return true
}

// leastSure is the least confidence of a declared incident: what is declared is
// likelier than not. Counts that fall later make it no less likely.
const leastSure = 0.5

// OnsetOf returns the onset of the incident that j is about: that of cur, if it
// goes on or would be reopened, or else that of the incident that begins with j.
func OnsetOf(cur *Incident, j Judgement, p Policy) time.Time {
	switch {
	case cur == nil:
		return firstOnset(j, time.Time{})
	case cur.State != Resolved || Reopens(cur, j.At, p):
		return cur.Onset
	}
	return firstOnset(j, minuteAfter(cur))
}

// minuteAfter returns the minute after the end of an incident: incidents of a
// service neither overlap nor share an ID.
func minuteAfter(last *Incident) time.Time {
	return last.Resolved.Truncate(time.Minute).Add(time.Minute)
}

// firstOnset returns the onset of an incident that begins with j: the estimate of
// the leading verdict, to the minute. It is not after the suspicion, and not
// before the time after. It never changes, so that the ID, the pages and the
// events name the same time.
func firstOnset(j Judgement, after time.Time) time.Time {
	onset := j.leading().Onset
	if onset.IsZero() || j.At.Before(onset) {
		onset = j.At
	}
	onset = onset.Truncate(time.Minute)
	switch {
	case !onset.Before(after):
		return onset
	case j.At.Before(after): // the incident before ended within this minute
		return j.At.Truncate(time.Minute)
	}
	return after
}

// timelineEntry returns the entry of the timeline for a change. The change makes a new
// version of in.
func (in *Incident) timelineEntry(j Judgement, c Change) Event {
	in.Version++
	v := in.Verdict
	e := Event{
		Incident: in.ID,
		Version:  in.Version,
		At:       j.At,
		Change:   c,
		State:    in.State,
		Observed: v.Observed,
		Expected: v.Expected,
		Window:   v.Window,
		Networks: v.Networks,
	}
	for _, s := range in.Countries {
		e.Countries = append(e.Countries, s.ID)
	}
	return e
}

// clone returns a copy that shares nothing with in.
func (in *Incident) clone() *Incident {
	c := *in
	c.Countries = slices.Clone(in.Countries)
	c.Symptoms = slices.Clone(in.Symptoms)
	c.Linked = slices.Clone(in.Linked)
	c.Members = slices.Clone(in.Members)
	c.Named = slices.Clone(in.Named)
	c.Corrections = slices.Clone(in.Corrections)
	return &c
}
