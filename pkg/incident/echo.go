package incident

import (
	"math"
	"slices"
	"time"

	"github.com/outcry/outcry/pkg/detect"
)

// An echo is a rise of the reports of a service that is not down, because another
// service is: people report their carrier when they cannot reach WhatsApp, or the
// customers of another carrier. The rise is real, and may be a hundred times the
// baseline. What tells it from an outage is its course: it is a nearly constant
// part of the other's, minute by minute.
//
// A service is held as an echo while other outages explain all of its evidence
// (detect.Explain), in every cell that would make it an outage. An outage explains
// another service if
//
//   - it is declared, or will be as soon as its evidence has lasted. A flood from
//     one network never is, so it holds nobody back,
//   - it began before, apart from p.OnsetTolerance,
//   - about as many holders of addresses are behind it: people who report an echo are
//     among those whom the outage concerns. A few holders that press in concert hold
//     nobody back whom more report,
//   - nothing but chance makes both fail together: they have different providers,
//     neither needs the other, they need no third service in common, and the one
//     that is explained needs none that is declared, and
//   - it is far larger: the echo is at most p.EchoMaxShare of it.

// Evidence is the counts of a service, by which Relate explains one service by
// others. It is asked only of services in trouble while another is down.
type Evidence interface {
	// Course returns the course of a country, or of the service for "".
	Course(country string) detect.Course
	// Explain returns what a pull leaves of the evidence of a country, of a symptom,
	// or of the service if both are empty, and whether that would make an outage.
	Explain(country, symptom string, pull detect.Pull, tie detect.Tie) (e detect.Explained, holds bool)
	// Settings returns the settings of the detector for the service.
	Settings() detect.Settings
}

// echo is what the outages of others explain of a service.
type echo struct {
	of    string    // the service that explains most; empty if its trouble is its own
	share float64   // reports for each excess report of that service
	fit   float64   // how well the courses agree, in [0, 1]
	rest  time.Time // onset of what remains; zero if nothing does
}

// Of the outages that may have brought an echo, the largest ones did: c is compared
// with the mostCompared largest, and explained by the mostJoined largest of those that
// may explain it. Without a limit, services that fail together in thousands would be
// compared each with each.
const (
	mostCompared = 256
	mostJoined   = 16
)

// mayBring returns the outages of causes, which are sorted by size, that may have
// brought the reports of c. The one that c was an echo of so far is always among them
// if it still may.
func (c *peer) mayBring(causes []*peer, p Policy) (may []*peer) {
	last := ""
	if c.isLive() {
		last = c.Incident.EchoOf
	}
	for i, o := range causes {
		if i >= mostCompared || len(may) >= mostJoined {
			if last == "" {
				break
			}
			if o.Service != last {
				continue
			}
		}
		if o.Evidence == nil || c.mayShareCause(o) || !o.hasHoldersFor(c) || c.onset().Before(o.Incident.onsetOr(o.Judgement).Add(-p.OnsetTolerance)) {
			continue
		}
		may = append(may, o)
	}
	return may
}

// echoOf returns what causes, the outages that may have echoes, explain of c.
func (c *peer) echoOf(causes []*peer, declared map[string]bool, p Policy) echo {
	if c.Evidence == nil || slices.ContainsFunc(c.Needs, func(s string) bool { return declared[s] }) {
		return echo{}
	}
	causes = c.mayBring(causes, p)
	if len(causes) == 0 {
		return echo{}
	}
	countries := c.countriesWithReports()
	top, tie := c.topCause(causes, countries)
	if top == nil {
		return echo{}
	}
	whole, holds := c.Evidence.Explain("", "", c.pull(causes, countries), tie)
	found := echo{of: top.Service, fit: whole.Fit, share: c.shareOf(top, causes, countries, whole)}
	if !c.Judgement.isSupported(c.Judgement.Service) {
		holds = false
	}
	rest := func(e detect.Explained, isRest bool) {
		if isRest && (found.rest.IsZero() || e.Onset.Before(found.rest)) {
			found.rest = e.Onset
		}
	}
	rest(whole, holds)
	for _, v := range c.Judgement.Countries {
		if c.Judgement.isSupported(v.Verdict) {
			rest(c.Evidence.Explain(v.Country, "", c.pull(causes, []string{v.Country}), tie))
		}
	}
	for _, v := range c.Judgement.Symptoms {
		if c.Judgement.isSupported(v.Verdict) {
			rest(c.Evidence.Explain("", v.Symptom, c.pull(causes, countries), tie))
		}
	}
	if !found.rest.IsZero() || found.share > p.EchoMaxShare || found.fit < minFit {
		found.of = ""
	}
	return found
}

// minFit is the least agreement of the courses of an echo and its outage. Less
// says that the outage explains next to nothing.
const minFit = 0.1

// isSupported reports whether v supports the level that the service has.
func (j Judgement) isSupported(v detect.Verdict) bool {
	return levelOf(v) > detect.OK && levelOf(v) == j.level()
}

// countriesWithReports returns the countries of c with reports in the window.
func (c *peer) countriesWithReports() []string {
	var codes []string
	for _, s := range c.Judgement.CountrySegments {
		if s.Observed > 0 {
			codes = append(codes, s.ID)
		}
	}
	return codes
}

// tieTo returns how an echo of c may follow the outage of o.
func (c *peer) tieTo(o *peer) detect.Tie {
	if c.Category != "" && c.Category == o.Category {
		return detect.Peers
	}
	return detect.Others
}

// echoWindow is the number of newest buckets that the share of an echo is of. They
// are many, so that an outage that is over still has an excess while its echo lasts.
const echoWindow = 75

// topCause returns the cause that should bring c most reports, and the tie to it.
// It prefers the one of the tick before. It returns nil if none brings any.
func (c *peer) topCause(causes []*peer, countries []string) (top *peer, tie detect.Tie) {
	most := 0.0
	for _, o := range causes {
		brings := c.tieTo(o).Share * o.excessIn(countries)
		if c.isLive() && c.Incident.EchoOf == o.Service {
			brings *= 2
		}
		if brings > most {
			top, tie, most = o, c.tieTo(o), brings
		}
	}
	return top, tie
}

// excessIn returns the excess of c in some countries, in the last echoWindow.
func (c *peer) excessIn(countries []string) float64 {
	sum := 0.0
	for _, code := range countries {
		sum += c.course(code).Excess(echoWindow)
	}
	return sum
}

// course returns the course of a country, which it asks for once.
func (c *peer) course(code string) detect.Course {
	course, ok := c.courses[code]
	if !ok {
		course = c.Evidence.Course(code)
		c.courses[code] = course
	}
	return course
}

// pull returns what the causes bring to c in some countries.
func (c *peer) pull(causes []*peer, countries []string) detect.Pull {
	width := c.Evidence.Settings().Width
	pull := detect.NewPull(c.Judgement.At.Truncate(width).Add(width)) // with the running bucket
	for _, o := range causes {
		onset := o.Incident.onsetOr(o.Judgement)
		for _, code := range countries {
			pull.Add(o.Evidence.Settings(), o.course(code), onset, c.tieTo(o).Share)
		}
	}
	return pull
}

// shareOf returns the reports of the echo e for each excess report of top.
func (c *peer) shareOf(top *peer, causes []*peer, countries []string, e detect.Explained) float64 {
	brought := 0.0
	for _, o := range causes {
		brought += c.tieTo(o).Share * o.excessIn(countries)
	}
	return e.Factor * brought / max(top.excessIn(countries), 1)
}

// mayShareCause reports whether c and o may fail together. It does not check
// whether c needs o, a declared outage; echoOf does for all of them.
func (c *peer) mayShareCause(o *peer) bool {
	return c.Service == o.Service || c.Provider != "" && c.Provider == o.Provider ||
		slices.Contains(c.Needs, o.Service) || slices.Contains(o.Needs, c.Service) ||
		slices.ContainsFunc(c.Needs, func(s string) bool { return slices.Contains(o.Needs, s) })
}

// leastHolders is the part of the holders behind an echo that must be behind its
// outage. Both are lower bounds, which differ by chance.
const leastHolders = 0.7

// hasHoldersFor reports whether enough holders are behind the excess of o to explain
// that of c. Where holders are not known, nothing is against it.
func (c *peer) hasHoldersFor(echo *peer) bool {
	mine, its := c.Judgement.holders(), echo.Judgement.holders()
	return mine == 0 || its == 0 || float64(mine) >= leastHolders*float64(its)
}

// holders returns how many holders are behind the excess of the service or of one of
// its countries or symptoms, whichever has most; 0 if they are not known.
func (j Judgement) holders() (most int) {
	for v := range j.Verdicts() {
		if v.Anomalous && v.Holders < math.MaxInt32 {
			most = max(most, v.Holders)
		}
	}
	return most
}

// onsetOr returns the onset of in, or that of a judgement if in has not begun or is
// over.
func (in *Incident) onsetOr(j Judgement) time.Time {
	if in != nil && !in.Onset.IsZero() && (in.State != Resolved || j.level() == detect.OK) {
		return in.Onset
	}
	if onset := j.leading().Onset; !onset.IsZero() {
		return onset
	}
	return j.At
}

// EndEcho returns the incident of an echo, resolved, and its timeline, when
// something else than the echo is to be confirmed at this tick. Apply then begins
// an incident of its own for that. Otherwise EndEcho returns nil.
//
// What began with the echo is no second failure: the incident was none of an echo
// then, and is confirmed as it is.
func EndEcho(cur *Incident, j Judgement, p Policy) (*Incident, []Event) {
	if cur == nil || !j.Known || cur.State != Suspected || !cur.Declared.IsZero() || cur.Echoed.IsZero() || cur.EchoOf == "" ||
		j.level() < detect.Outage || !j.hasOwn() || !j.Relation.Rest.After(cur.Onset.Add(p.OnsetTolerance)) || !cur.isConfirmable(j, p) {
		return nil, nil
	}
	next := cur.clone()
	// The next incident may begin in the minute after this end.
	timeline := next.resolve(j, j.Relation.Rest.Add(-time.Minute))
	return next, timeline
}

// hasOwn reports whether the trouble is not explained, although another outage
// would explain a part of it.
func (j Judgement) hasOwn() bool { return j.Relation.EchoOf == "" && !j.Relation.Rest.IsZero() }

// followsEcho reports whether the trouble of j is what remained of the echo cur.
func (j Judgement) followsEcho(cur *Incident) bool {
	return cur.State == Resolved && cur.EchoOf != "" && !cur.Held.IsZero() && j.hasOwn()
}

// isConfirmable reports whether the evidence for in has lasted for long enough.
func (in *Incident) isConfirmable(j Judgement, p Policy) bool {
	return !in.Held.IsZero() && j.At.Sub(in.Held) >= p.ConfirmAfter
}
