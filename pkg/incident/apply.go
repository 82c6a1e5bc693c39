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
		return next, next.begin(j, BecameSuspected, p)
	}
	next = cur.clone()
	switch {
	case !j.Known:
		next.Held, next.Quiet = time.Time{}, time.Time{} // a gap restarts both waits
		return next, nil
	case cur.State != Resolved:
		return next, next.update(j, p)
	case j.level() == detect.OK:
		if j.At.Sub(cur.Resolved) > p.ReopenWithin {
			return nil, nil
		}
		return cur, nil
	case Reopens(cur, j.At, p):
		next.Resolved, next.Easing = time.Time{}, time.Time{}
		return next, next.begin(j, Reopened, p)
	}
	next = &Incident{Service: service, After: cur.Resolved.Truncate(time.Minute).Add(time.Minute)}
	return next, next.begin(j, BecameSuspected, p)
}

// Reopens reports whether trouble at a time belongs to last, an incident that is
// already over.
func Reopens(last *Incident, at time.Time, p Policy) bool {
	return last != nil && last.State == Resolved && at.Sub(last.Resolved) <= p.ReopenWithin
}

// begin makes in suspected, for the first time or again.
func (in *Incident) begin(j Judgement, c Change, p Policy) []Event {
	in.State, in.Level = Suspected, detect.Warning
	if in.ID == "" {
		in.Suspected = j.At
		in.setOnset(j.leading())
		in.ID = in.Service + "-" + in.Onset.UTC().Format("2006-01-02-1504")
	}
	in.Held, in.Quiet = time.Time{}, time.Time{}
	in.observe(j)
	in.applyRelation(j.Relation)
	in.addCountries(j.affectedCountries(), j.At)
	in.updateHold(j, p)
	in.explainSuspicion()
	return []Event{in.event(j, c)}
}

// update applies a judgement to an incident that is not over.
func (in *Incident) update(j Judgement, p Policy) []Event {
	if j.level() == detect.OK {
		if in.Quiet.IsZero() {
			in.Quiet = j.At
		}
		in.Held = time.Time{}
		end := j.latestEnd()
		if end.IsZero() && j.At.Sub(in.Quiet) < p.ResolveAfter {
			in.Updated = j.At
			return nil
		}
		return in.resolve(j, end)
	}
	in.Quiet = time.Time{}
	peakRose, related := in.observe(j), in.applyRelation(j.Relation)
	if peakRose || related {
		in.Version++
	}
	in.updateHold(j, p)
	in.explainSuspicion()
	return in.advance(j, p)
}

// advance moves in to its next state when that is due, or else changes its
// countries.
func (in *Incident) advance(j Judgement, p Policy) []Event {
	switch {
	case in.State == Suspected && !in.Held.IsZero() && j.At.Sub(in.Held) >= p.ConfirmAfter:
		in.State, in.Level, in.EchoOf = Confirmed, detect.Outage, ""
		if in.Declared.IsZero() {
			in.Declared = j.At
		}
		in.Verdict.Reason = j.leading().Reason
		in.addCountries(j.affectedCountries(), j.At)
		return []Event{in.event(j, BecameConfirmed)}
	case in.State == Confirmed && j.allEasing():
		in.State, in.Easing = Recovering, j.At
		in.refreshCountries(j.affectedCountries(), j.At)
		return []Event{in.event(j, BecameRecovering)}
	case in.State == Recovering && !j.allEasing():
		in.State, in.Easing = Confirmed, time.Time{}
		in.refreshCountries(j.affectedCountries(), j.At)
		return []Event{in.event(j, BecameConfirmed)}
	}
	if in.changeCountries(j.affectedCountries(), j.At, p) {
		return []Event{in.event(j, CountriesChanged)}
	}
	return nil
}

// resolve ends in at end, or at Quiet when end is zero.
func (in *Incident) resolve(j Judgement, end time.Time) []Event {
	if end.IsZero() {
		end = in.Quiet
	}
	if end.Before(in.Onset) {
		end = in.Onset
	}
	in.State, in.Level = Resolved, detect.OK
	in.Resolved, in.Updated = end, j.At
	in.Reports, in.Verdict = max(in.Reports, j.Reports), j.leading()
	in.Quiet, in.Members = time.Time{}, nil
	return []Event{in.event(j, BecameResolved)}
}

// updateHold updates Held and Echoed. The evidence of a possible echo does not
// count as that of an outage for a while.
func (in *Incident) updateHold(j Judgement, p Policy) {
	supported := j.level() >= detect.Outage
	if supported && in.EchoOf != "" && in.Echoed.IsZero() {
		in.Echoed = j.At
	}
	switch {
	case !supported || in.isHeldAsEcho(j, p):
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

// isHeldAsEcho reports whether the confirmation of in, whose evidence supports an
// outage, is held back because it may be an echo: for p.EchoHold from Echoed on,
// and for as long as it is faint beside the other outage.
//
// The hold does not begin at the onset. That is estimated by looking back, and a
// slow rise would have used the hold up before there is anything to hold. A faint
// echo is held for longer, because it lasts as long as the outage behind it: after
// fifteen minutes no more is known about it than before.
func (in *Incident) isHeldAsEcho(j Judgement, p Policy) bool {
	if in.EchoOf == "" {
		return false
	}
	return j.Relation.Faint || j.At.Sub(in.Echoed) < p.EchoHold
}

// applyRelation updates EchoOf and Linked and reports whether they changed. An
// incident that was ever confirmed is no echo.
func (in *Incident) applyRelation(r Relation) (changed bool) {
	echo := r.EchoOf
	if in.State != Suspected || !in.Declared.IsZero() {
		echo = ""
	}
	changed = in.EchoOf != echo
	in.EchoOf = echo
	for _, id := range r.Linked {
		if i, found := slices.BinarySearch(in.Linked, id); !found {
			in.Linked, changed = slices.Insert(in.Linked, i, id), true
		}
	}
	return changed
}

// observe updates counts, symptoms, onset and peak from the verdicts, and reports
// whether the peak rose.
func (in *Incident) observe(j Judgement) (peakRose bool) {
	v := j.leading()
	in.Updated, in.Verdict, in.Reports = j.At, v, max(in.Reports, j.Reports)
	in.Symptoms = j.affectedSymptoms()
	if in.State == Suspected && in.Declared.IsZero() {
		in.setOnset(v)
	}
	if !in.Peak.isExceededBy(v) {
		return false
	}
	in.Peak = Peak{At: v.At, Window: v.Window, Observed: v.Observed, Expected: v.Expected}
	return true
}

// setOnset sets the onset to the one that v estimates, or to After if that is
// later: incidents of a service neither overlap nor share an ID.
func (in *Incident) setOnset(v detect.Verdict) {
	onset := v.Onset
	switch {
	case onset.IsZero() && !in.Onset.IsZero():
		return
	case onset.IsZero():
		onset = in.Suspected
	}
	if onset.Before(in.After) {
		onset = in.After
	}
	in.Onset = onset
}

// peakWindow is the shortest window that replaces a peak of a shorter one, whatever
// their rates. A minute alone says little about a rate.
const peakWindow = 5 * time.Minute

// isExceededBy reports whether v has a higher rate than p, or the first window
// that is long enough.
func (p Peak) isExceededBy(v detect.Verdict) bool {
	if v.Window <= 0 {
		return false
	}
	long, wasLong := v.Window >= peakWindow, p.Window >= peakWindow
	if p.Window == 0 || long != wasLong {
		return p.Window == 0 || long
	}
	return float64(v.Observed)*p.Window.Minutes() > float64(p.Observed)*v.Window.Minutes()
}

// event returns the entry of the timeline for a change. The change makes a new
// version of in.
func (in *Incident) event(j Judgement, c Change) Event {
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
	return &c
}
