package incident

import (
	"slices"

	"github.com/outcry/outcry/pkg/detect"
)

// A far bigger outage makes people report what is not down: the carrier whose
// customers cannot reach WhatsApp. Such an echo is a true rise of the reports,
// so that no verdict on its counts alone tells it from an outage; what tells is
// that it is small beside the other, small beside its own usual level, where
// the other is and when the other rises. All of that must hold:
//
//   - The other is declared. A flood from one network, which is never declared,
//     holds back nobody.
//   - It rose while the other did, or within 30 minutes after. The rise of the
//     other lasts from its onset to its highest window so far, as WhatsApp's of
//     25 October 2022, which took most of an hour; and onsets are estimates, so
//     an echo may seem to begin five minutes before.
//   - It has another provider, and neither needs the other nor a third that both
//     need, nor one that is declared itself: then they fail together.
//   - Its excess is less than a tenth of the other's, country by country. What
//     is elsewhere must be less than a tenth of its own excess.
//   - The 5 % bounds of its ratios of observed to usual reports are under 3: its
//     own, that of its countries together, and that of each. A carrier that
//     truly fails has ten or fifty times its usual reports and is not held.

// echo tells whose echo c may be, and whether it is faint beside that. Of
// several it is the one it was before, or else the one with the largest excess;
// others are sorted by that. It is "" if c stands on its own feet.
func (c *peer) echo(others []*peer, declared map[string]bool, p Policy) (of string, faint bool) {
	if c.ratio() >= p.EchoMaxRatio || slices.ContainsFunc(c.Needs, func(s string) bool { return declared[s] }) {
		return "", false
	}
	before := ""
	if c.live() {
		before = c.Incident.EchoOf
	}
	for _, o := range others {
		if o.total*p.EchoMaxShare < c.total*(1-elsewhere) {
			break // nor is any after it big enough
		}
		if of != "" && o.Service != before || c.tied(o) || !c.roseWith(o, p) || !c.lost(o, p.EchoMaxShare) {
			continue
		}
		of, faint = o.Service, c.lost(o, p.EchoFaintShare)
	}
	return of, faint
}

// elsewhere is the part of its excess that an echo may have in countries where
// nothing far bigger is wrong: a slice or two of those that Attribute names are
// there by chance.
const elsewhere = 0.1

// lost tells whether the excess of c is under that share of the excess of o,
// country by country, except for what is elsewhere. Where there is no excess any
// more, nothing speaks for trouble of its own.
func (c *peer) lost(o *peer, share float64) bool {
	var outside float64
	for _, s := range c.countries {
		if x := excess(s); x >= share*o.excess[s.ID] {
			outside += x
		}
	}
	return outside <= elsewhere*c.total
}

// roseWith tells whether c rose while o did, or soon after.
func (c *peer) roseWith(o *peer, p Policy) bool {
	from, to := o.Incident.Onset, o.Incident.Onset
	if o.Incident.Peak.At.After(to) {
		to = o.Incident.Peak.At
	}
	onset := c.onset()
	return !onset.Before(from.Add(-p.OnsetTolerance)) && !onset.After(to.Add(p.EchoWithin))
}

// tied tells whether c and o may fail together, o being none that c needs.
func (c *peer) tied(o *peer) bool {
	return c.Service == o.Service || c.Provider != "" && c.Provider == o.Provider ||
		slices.Contains(o.Needs, c.Service) || slices.ContainsFunc(c.Needs, func(s string) bool { return slices.Contains(o.Needs, s) })
}

// ratio returns the highest 5 % bound of the ratios of observed to usual
// reports that c shows: of the verdicts that see trouble, each over its own
// window, and of the countries that explain the excess, alone and together.
// That of the service as a whole would hide a country that is down. While the
// trouble is younger than the window, in which it is diluted, there is also the
// ratio since its onset.
func (c *peer) ratio() float64 {
	var bound, m float64
	var n int64
	for _, s := range c.countries {
		bound = max(bound, lowRatio(s.Observed, s.Expected))
		n, m = n+s.Observed, m+s.Expected
	}
	bound = max(bound, lowRatio(n, m))
	for v := range c.Judgement.Verdicts() {
		if trouble(v) > detect.OK {
			bound = max(bound, lowRatio(v.Observed, v.Expected))
		}
	}
	v := c.Judgement.Service
	if age := c.Judgement.At.Sub(c.onset()); age > 0 && age < v.Window {
		bound = max(bound, lowRatio(c.Judgement.Reports, v.Expected*age.Seconds()/v.Window.Seconds()))
	}
	return bound
}
