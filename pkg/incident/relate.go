package incident

import (
	"cmp"
	"slices"
	"time"

	"github.com/outcry/outcry/pkg/detect"
)

// Situation is a service at one tick, as Relate compares it with others.
type Situation struct {
	Service  string
	Provider string // who runs it; empty if unknown
	// Needs are the services whose failure takes this one down, directly or through
	// others.
	Needs     []string
	Incident  *Incident // after the last tick; nil without one
	Judgement Judgement // of this tick
}

// Relation is the relation of a service in trouble to the others in trouble. The
// zero Relation means that its trouble is its own.
type Relation struct {
	// EchoOf is the service whose outage may cause the reports of this one. It is
	// empty for a confirmed incident.
	EchoOf string
	// Faint reports whether the excess is negligible beside that of EchoOf.
	Faint bool
	// Linked are the IDs of other incidents of the same event, sorted.
	Linked []string
}

// Relate compares the services in trouble at one tick and returns the relations
// that exist, by service. Most services have none. Apply uses a relation through
// the judgement.
//
// It takes n log n steps for n services in trouble, and one more for each pair of
// a suspected service and a declared outage that is far larger.
func Relate(all []Situation, p Policy) map[string]Relation {
	var declared []*peer
	down := map[string]bool{}
	for i := range all {
		if situation := &all[i]; situation.isDeclared() {
			declared = append(declared, newPeer(situation, situation.Judgement.CountrySegments))
			down[situation.Service] = true
		}
	}
	if len(declared) == 0 {
		return nil
	}
	slices.SortFunc(declared, func(a, b *peer) int {
		return cmp.Or(cmp.Compare(b.total, a.total), cmp.Compare(a.Service, b.Service))
	})
	related := map[string]Relation{}
	for i := range all {
		situation := &all[i]
		if down[situation.Service] || situation.Judgement.level() == detect.OK {
			continue
		}
		c := newPeer(situation, situation.Judgement.explainedCountries())
		if of, faint := c.echoOf(declared, down, p); of != "" {
			related[c.Service] = Relation{EchoOf: of, Faint: faint}
		}
	}
	for service, ids := range link(declared, p) {
		related[service] = Relation{Linked: ids}
	}
	return related
}

// isLive reports whether p has an incident that is not over.
func (p *Situation) isLive() bool { return p.Incident != nil && p.Incident.State != Resolved }

// isDeclared reports whether p has an incident that was confirmed and is not over.
func (p *Situation) isDeclared() bool { return p.isLive() && !p.Incident.Declared.IsZero() }

// onset returns the onset of the trouble of p.
func (p *Situation) onset() time.Time {
	if p.isLive() {
		return p.Incident.Onset
	}
	if onset := p.Judgement.leading().Onset; !onset.IsZero() {
		return onset
	}
	return p.Judgement.At
}

// peer is a situation with the sums that it is compared by.
type peer struct {
	*Situation
	countries []Segment          // the countries that are compared
	excess    map[string]float64 // of each of them, by code
	total     float64            // excess of all of them
}

// newPeer returns a peer that is compared in these countries.
func newPeer(p *Situation, countries []Segment) *peer {
	c := &peer{Situation: p, countries: countries, excess: make(map[string]float64, len(countries))}
	for _, s := range countries {
		c.excess[s.ID] = excess(s)
		c.total += excess(s)
	}
	return c
}

// explainedCountries returns the segments of the affected countries, or of all
// countries if none is affected.
func (j Judgement) explainedCountries() []Segment {
	affected := j.affectedCountries()
	if len(affected) == 0 {
		return j.CountrySegments
	}
	return slices.DeleteFunc(slices.Clone(j.CountrySegments), func(s Segment) bool {
		return !slices.ContainsFunc(affected, func(a Segment) bool { return a.ID == s.ID })
	})
}

// excess returns the reports of s above the expected ones.
func excess(s Segment) float64 { return max(0, float64(s.Observed)-s.Expected) }
