package monitor

import (
	"math"
	"slices"
	"time"

	"github.com/outcry/outcry/pkg/window"
)

// A rise that most services of a country share (a holiday, an Internet provider
// that fails, the visitors whom a large outage sends to every other page) is no
// outage of any of them. The common factor is how many times the usual the other
// services of a country count. A service is judged against its baseline times
// that factor.
//
// The services of a country are divided into groups, those of one provider into
// the same. The factor for a service is the median of the groups other than its
// own. So neither the service, nor its provider, nor a few others that fail at the
// same time move it, however loud they are.
//
// The constants were chosen by simulation (common_test.go): 6 to 24 services of one
// country, which count 0.1 to 20 reports a minute.
const (
	// commonGroups is the number of groups. More would bear more failures at once,
	// and each would know less.
	commonGroups = 9
	// fewestGroups is the fewest other groups, and so the fewest other services, that
	// show a common rise.
	fewestGroups = 5
	// fewestExpected is the number of expected reports from which on a group counts.
	fewestExpected = 1.0
	// commonWorth is how many reports the prior ratio of a group, 1, is worth.
	commonWorth = 2.0
	// Reports fade after some minutes: as many as it takes for a group to expect
	// commonReports, within these limits. A country with many reports is followed
	// within minutes.
	commonReports                 = 10.0
	shortestMemory, longestMemory = 1.0, 30.0 // minutes
	// A median below leastCommon means a factor of 1: it is chance, and no evidence
	// grows under 1.8 times the baseline. So silence elsewhere never makes a usual
	// count look high.
	leastCommon = 1.3
	// A service may rise by allowedRise times the rise of the others. No two rise
	// alike, and the median of few counts is rather too low.
	allowedRise = 1.25
	// mostCommon is the highest factor. In a larger common rise services are
	// declared, because then most may truly fail.
	mostCommon = 3.0
)

// commonFactors is the common factor of every country. It is learned from the
// minutes that were consumed by the ticks before. It is not saved: after a
// restart every factor is 1, until some minutes have been counted.
type commonFactors struct {
	countries [places]*commonCountry // by placeOf their code
	closed    time.Time              // end of the minute that is collected
	risen     bool                   // some factor is above 1
}

// commonCountry is the groups of one country.
type commonCountry struct {
	groups  [commonGroups]commonGroup
	factors [commonGroups]float64 // for the services of each group
	factor  float64               // for a service in no group
}

// commonGroup is what some services of a country count together.
type commonGroup struct {
	rate      float64 // expected reports per minute of the members that contribute
	members   int
	collected float64 // reports of the minute before closed

	// Both fade.
	reports, expected float64
}

// ratio returns how many times the expected g counts, shrunk to 1.
func (g *commonGroup) ratio() float64 { return (g.reports + commonWorth) / (g.expected + commonWorth) }

// close moves the factors to a time. It adds the minute before closed, which the
// ticks since then have collected; of the minutes between, nothing is. counted is
// whether that minute could be counted.
func (f *commonFactors) close(end time.Time, counted bool) {
	minutes := int(end.Sub(f.closed) / window.Width)
	if minutes == 0 {
		return
	}
	known := 0.0
	if counted {
		known = 1
	}
	f.closed, f.risen = end, false
	for _, c := range f.countries {
		if c != nil {
			c.close(max(minutes, 1), known)
			f.risen = f.risen || c.isRisen()
		}
	}
}

// close adds what was collected in a minute and moves on by some minutes. known is
// the share of that minute that was counted.
func (c *commonCountry) close(minutes int, known float64) {
	fade := math.Exp(-float64(minutes) / c.memory())
	for i := range c.groups {
		g := &c.groups[i]
		g.reports = g.reports*fade + g.collected
		g.expected = g.expected*fade + g.rate*known
		g.collected = 0
	}
	for i := range c.factors {
		c.factors[i] = c.without(i)
	}
	c.factor = c.without(-1)
}

// memory returns the minutes after which e-fold less remains of a count.
func (c *commonCountry) memory() float64 {
	rate, n := 0.0, 0
	for i := range c.groups {
		if g := &c.groups[i]; g.rate > 0 {
			rate += g.rate
			n++
		}
	}
	if n == 0 {
		return longestMemory
	}
	return min(max(commonReports*float64(n)/rate, shortestMemory), longestMemory)
}

// without returns the median ratio of the groups except one; of two in the middle
// the lower.
func (c *commonCountry) without(group int) float64 {
	var ratios [commonGroups]float64
	n := 0
	for i := range c.groups {
		if g := &c.groups[i]; i != group && g.expected >= fewestExpected {
			ratios[n] = g.ratio()
			n++
		}
	}
	if n < fewestGroups {
		return 1
	}
	slices.Sort(ratios[:n])
	factor := ratios[(n-1)/2]
	if factor < leastCommon {
		return 1
	}
	return min(1+(factor-1)*allowedRise, mostCommon)
}

// isRisen reports whether a factor of c is above 1.
func (c *commonCountry) isRisen() bool {
	return c.factor > 1 || slices.ContainsFunc(c.factors[:], func(f float64) bool { return f > 1 })
}

// leastGroup returns the group that expects least: what is added there leaves as
// many groups as possible with a vote.
func (c *commonCountry) leastGroup() int {
	least := 0
	for i := range c.groups {
		g, l := &c.groups[i], &c.groups[least]
		if g.rate < l.rate || g.rate == l.rate && g.members < l.members {
			least = i
		}
	}
	return least
}

// of returns the factor for a service of a group, -1 for one in none.
func (f *commonFactors) of(place, group int) float64 {
	switch c := f.countries[place]; {
	case c == nil:
		return 1
	case group < 0:
		return c.factor
	default:
		return c.factors[group]
	}
}

// country returns the groups of a country, which it makes if there are none.
func (f *commonFactors) country(place int) *commonCountry {
	c := f.countries[place]
	if c == nil {
		c = &commonCountry{factor: 1}
		for i := range c.factors {
			c.factors[i] = 1
		}
		f.countries[place] = c
	}
	return c
}
