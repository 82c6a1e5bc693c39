package incident

import (
	"slices"
	"time"

	"github.com/outcry/outcry/pkg/detect"
)

// Apply returns what becomes of a service's incident at one tick, and what is to
// be told of it. cur is the present incident, or the last one as long as it may
// reopen, or nil; it is not changed. The result is nil when there is nothing to
// remember.
//
// Version grows with every change that readers must learn of: of the state, the
// countries, the peak. A caller stores the incident in the archive when Version
// differs from the stored one; the live copy may be stored at every tick, which
// keeps also what the incident waits for.
func Apply(cur *Incident, service string, j Judgement, p Policy) (next *Incident, timeline []Event) {
	if cur == nil {
		if !j.Known || j.level() == detect.OK {
			return nil, nil
		}
		next = &Incident{Service: service}
		return next, next.suspect(j, BecameSuspected, p)
	}
	next = cur.clone()
	switch {
	case !j.Known:
		next.Held, next.Quiet = time.Time{}, time.Time{} // what waits begins again
		return next, nil
	case cur.State != Resolved:
		return next, next.follow(j, p)
	case j.level() == detect.OK:
		if j.At.Sub(cur.Resolved) > p.ReopenWithin {
			return nil, nil
		}
		return cur, nil
	case Reopens(cur, j.At, p):
		next.Resolved, next.Easing = time.Time{}, time.Time{}
		return next, next.suspect(j, Reopened, p)
	}
	next = &Incident{Service: service, After: cur.Resolved.Truncate(time.Minute).Add(time.Minute)}
	return next, next.suspect(j, BecameSuspected, p)
}

// Reopens tells whether trouble that is seen at a time belongs to an incident
// that was already over.
func Reopens(last *Incident, at time.Time, p Policy) bool {
	return last != nil && last.State == Resolved && at.Sub(last.Resolved) <= p.ReopenWithin
}

// suspect begins in, or begins it again.
func (in *Incident) suspect(j Judgement, c Change, p Policy) []Event {
	in.State, in.Level = Suspected, detect.Warning
	if in.ID == "" {
		in.Suspected = j.At
		in.date(j.lead())
		in.ID = in.Service + "-" + in.Onset.UTC().Format("2006-01-02-1504")
	}
	in.Held, in.Quiet = time.Time{}, time.Time{}
	in.observe(j)
	in.relate(j.Relation)
	in.gather(j.affected(), j.At)
	in.hold(j, p)
	in.explain()
	return []Event{in.event(j, c)}
}

// follow moves an incident that is not over.
func (in *Incident) follow(j Judgement, p Policy) []Event {
	if j.level() == detect.OK {
		if in.Quiet.IsZero() {
			in.Quiet = j.At
		}
		in.Held = time.Time{}
		end := j.ended()
		if end.IsZero() && j.At.Sub(in.Quiet) < p.ResolveAfter {
			in.Updated = j.At
			return nil
		}
		return in.resolve(j, end)
	}
	in.Quiet = time.Time{}
	higher, related := in.observe(j), in.relate(j.Relation)
	if higher || related {
		in.Version++
	}
	in.hold(j, p)
	in.explain()
	switch {
	case in.State == Suspected && !in.Held.IsZero() && j.At.Sub(in.Held) >= p.ConfirmAfter:
		in.State, in.Level, in.EchoOf = Confirmed, detect.Outage, ""
		if in.Declared.IsZero() {
			in.Declared = j.At
		}
		in.Verdict.Reason = j.lead().Reason
		in.gather(j.affected(), j.At)
		return []Event{in.event(j, BecameConfirmed)}
	case in.State == Confirmed && j.easing():
		in.State, in.Easing = Recovering, j.At
		in.refresh(j.affected(), j.At)
		return []Event{in.event(j, BecameRecovering)}
	case in.State == Recovering && !j.easing():
		in.State, in.Easing = Confirmed, time.Time{}
		in.refresh(j.affected(), j.At)
		return []Event{in.event(j, BecameConfirmed)}
	}
	if in.spread(j.affected(), j.At, p) {
		return []Event{in.event(j, CountriesChanged)}
	}
	return nil
}

// resolve ends in at end, or if that is not told when the evidence went away.
func (in *Incident) resolve(j Judgement, end time.Time) []Event {
	if end.IsZero() {
		end = in.Quiet
	}
	if end.Before(in.Onset) {
		end = in.Onset
	}
	in.State, in.Level = Resolved, detect.OK
	in.Resolved, in.Updated = end, j.At
	in.Reports, in.Verdict = max(in.Reports, j.Reports), j.lead()
	in.Quiet, in.Members = time.Time{}, nil
	return []Event{in.event(j, BecameResolved)}
}

// hold notes since when the evidence has supported an outage without a break.
// What may be an echo supports none for a while.
func (in *Incident) hold(j Judgement, p Policy) {
	switch {
	case j.level() < detect.Outage || in.echoes(j, p):
		in.Held = time.Time{}
	case in.Held.IsZero():
		in.Held = j.At
	}
}

// explain says what a suspicion waits for whose evidence supports an outage.
func (in *Incident) explain() {
	if in.State != Suspected || in.Verdict.Level != detect.Outage {
		return
	}
	in.Verdict.Reason.Code = detect.ReasonBrief
	if in.EchoOf != "" {
		in.Verdict.Reason.Code = detect.ReasonEcho
	}
}

// echoes tells whether in, whose evidence supports an outage, is held back as
// the echo of another: for p.Echo from when that evidence was first there, and
// for as long as it is faint beside the other.
//
// The time does not run from the onset, which is found by looking back, so that
// what rises slowly would have used it up before there is anything to hold back.
// A faint echo is not let go by the clock, because it lasts for as long as what
// it echoes: after fifteen minutes nothing else is known of it than before.
func (in *Incident) echoes(j Judgement, p Policy) bool {
	if in.EchoOf == "" {
		return false
	}
	if in.Echoed.IsZero() {
		in.Echoed = j.At
	}
	return j.Relation.Faint || j.At.Sub(in.Echoed) < p.EchoHold
}

// relate takes over what the other services in trouble say of in, and tells
// whether that is news. Only what was never confirmed may be an echo.
func (in *Incident) relate(r Relation) (news bool) {
	echo := r.EchoOf
	if in.State != Suspected || !in.Declared.IsZero() {
		echo = ""
	}
	news = in.EchoOf != echo
	in.EchoOf = echo
	for _, id := range r.Linked {
		if i, found := slices.BinarySearch(in.Linked, id); !found {
			in.Linked, news = slices.Insert(in.Linked, i, id), true
		}
	}
	return news
}

// observe takes over what the verdicts say, and tells whether the peak grew.
func (in *Incident) observe(j Judgement) (higher bool) {
	v := j.lead()
	in.Updated, in.Verdict, in.Reports = j.At, v, max(in.Reports, j.Reports)
	in.Symptoms = j.described()
	if in.State == Suspected && in.Declared.IsZero() {
		in.date(v)
	}
	if !in.Peak.exceeded(v) {
		return false
	}
	in.Peak = Peak{At: v.At, Window: v.Window, Observed: v.Observed, Expected: v.Expected}
	return true
}

// date takes over the onset that v estimates, but none before the minute after
// the incident that came before: incidents never overlap, nor share an ID.
func (in *Incident) date(v detect.Verdict) {
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

// peakWindow is the shortest window whose rate is a peak worth telling, once
// there is one.
const peakWindow = 5 * time.Minute

// exceeded tells whether v saw a higher rate than p.
func (p Peak) exceeded(v detect.Verdict) bool {
	if v.Window <= 0 {
		return false
	}
	long, wasLong := v.Window >= peakWindow, p.Window >= peakWindow
	if p.Window == 0 || long != wasLong {
		return p.Window == 0 || long
	}
	return float64(v.Observed)*p.Window.Minutes() > float64(p.Observed)*v.Window.Minutes()
}

// event makes the entry of the timeline for a change, which is a new version.
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
