package incident

import (
	"slices"

	"github.com/outcry/outcry/pkg/detect"
)

// An echo is a rise of the reports of a service that is not down, because a far
// larger service is: people report their carrier when they cannot reach WhatsApp.
// The rise is real, so no verdict on its counts alone tells it from an outage.
// Four comparisons with the other service do. All must hold:
//
//   - The other outage is declared. A flood from one network is never declared, so
//     it holds nobody back.
//   - It rose while the other did, or within p.EchoWithin after. The rise of the
//     other lasts from its onset to its peak so far; WhatsApp's of 25 October 2022
//     took most of an hour. Onsets are estimates, so an echo may seem to begin
//     p.OnsetTolerance before.
//   - Nothing but chance makes them fail together: they have different providers,
//     neither needs the other, they need no third service in common, and it needs
//     none that is declared.
//   - It is small. Its excess is below p.EchoMaxShare of the other's, country by
//     country, apart from maxElsewhere. The lower bounds of its ratios of observed
//     to expected reports are below p.EchoMaxRatio: its own, that of its countries
//     together and that of each. A carrier that fails has ten or fifty times its
//     baseline and is not held.

// echoOf returns the service whose echo c may be, or "" if the trouble of c is its
// own, and reports whether c is faint beside it. others are the declared outages,
// largest excess first. Of several it prefers the one of the tick before, then the
// largest.
func (c *peer) echoOf(others []*peer, declared map[string]bool, p Policy) (of string, faint bool) {
	if c.ratioBound() >= p.EchoMaxRatio || slices.ContainsFunc(c.Needs, func(s string) bool { return declared[s] }) {
		return "", false
	}
	before := ""
	if c.isLive() {
		before = c.Incident.EchoOf
	}
	for _, o := range others {
		if o.total*p.EchoMaxShare < c.total*(1-maxElsewhere) {
			break // nor is any after it big enough
		}
		if of != "" && o.Service != before || c.mayShareCause(o) || !c.roseWith(o, p) || !c.isSmallBeside(o, p.EchoMaxShare) {
			continue
		}
		of, faint = o.Service, c.isSmallBeside(o, p.EchoFaintShare)
	}
	return of, faint
}

// maxElsewhere is the largest share of its excess that an echo may have in
// countries where the other's excess is not far larger: one or two of the
// countries that Attribute names are there by chance.
const maxElsewhere = 0.1

// isSmallBeside reports whether the excess of c is below this share of the excess of
// o, country by country, apart from maxElsewhere. A c without excess is small.
func (c *peer) isSmallBeside(o *peer, share float64) bool {
	var outside float64
	for _, s := range c.countries {
		if x := excess(s); x >= share*o.excess[s.ID] {
			outside += x
		}
	}
	return outside <= maxElsewhere*c.total
}

// roseWith reports whether c rose while o did, or soon after.
func (c *peer) roseWith(o *peer, p Policy) bool {
	from, to := o.Incident.Onset, o.Incident.Onset
	if o.Incident.Peak.At.After(to) {
		to = o.Incident.Peak.At
	}
	onset := c.onset()
	return !onset.Before(from.Add(-p.OnsetTolerance)) && !onset.After(to.Add(p.EchoWithin))
}

// mayShareCause reports whether c and o may fail together. It does not check
// whether c needs o, a declared outage; echoOf does for all of them.
func (c *peer) mayShareCause(o *peer) bool {
	return c.Service == o.Service || c.Provider != "" && c.Provider == o.Provider ||
		slices.Contains(o.Needs, c.Service) || slices.ContainsFunc(c.Needs, func(s string) bool { return slices.Contains(o.Needs, s) })
}

// ratioBound returns the highest lower bound of the ratios of observed to expected
// reports that c shows: of its verdicts of trouble, each over its own window, and
// of its countries, alone and together. The ratio of the service alone would hide
// one country that is down.
//
// While the trouble is younger than the window, which dilutes it then, the ratio
// since the onset counts too.
func (c *peer) ratioBound() float64 {
	var bound, m float64
	var n int64
	for _, s := range c.countries {
		bound = max(bound, ratioLowerBound(s.Observed, s.Expected))
		n, m = n+s.Observed, m+s.Expected
	}
	bound = max(bound, ratioLowerBound(n, m))
	for v := range c.Judgement.Verdicts() {
		if levelOf(v) > detect.OK {
			bound = max(bound, ratioLowerBound(v.Observed, v.Expected))
		}
	}
	v := c.Judgement.Service
	if age := c.Judgement.At.Sub(c.onset()); age > 0 && age < v.Window {
		bound = max(bound, ratioLowerBound(c.Judgement.Reports, v.Expected*age.Seconds()/v.Window.Seconds()))
	}
	return bound
}
