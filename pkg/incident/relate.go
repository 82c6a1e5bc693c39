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
	Category string // what kind of service it is; empty if unknown
	// Needs are the services whose failure takes this one down, directly or through
	// others.
	Needs     []string
	Incident  *Incident // after the last tick; nil without one
	Judgement Judgement // of this tick
	// Evidence is the counts of the service. Without it, the service is no echo and
	// has none.
	Evidence Evidence
}

// Relation is the relation of a service in trouble to the others in trouble. The
// zero Relation means that its trouble is its own.
type Relation struct {
	// EchoOf is the service whose outage may cause the reports of this one. It is
	// empty for a confirmed incident.
	EchoOf string
	// Share is how many reports come with each excess report of EchoOf, and Fit how
	// well the courses of the two agree, in [0, 1].
	Share, Fit float64
	// Rest is the onset of what other outages do not explain, if that would make an
	// outage by itself; zero otherwise.
	Rest time.Time
	// Event and Linked are those of Incident, for a declared one.
	Event  string
	Linked []string
}

// Relate compares the services in trouble at one tick and returns the relations
// that exist, by service. Most services have none. Apply uses a relation through
// the judgement.
//
// It takes n log n steps for n services in trouble, and a bounded number more for
// each suspected service while others are down.
func Relate(all []Situation, p Policy) map[string]Relation {
	var declared, causes, suspected []*peer
	down := map[string]bool{}
	for i := range all {
		c := newPeer(&all[i])
		switch {
		case c.isDeclared():
			declared, causes = append(declared, c), append(causes, c)
			down[c.Service] = true
		case c.wasDeclared() && c.Judgement.level() == detect.OK:
			causes = append(causes, c) // its echo may outlast it
		case c.Judgement.level() > detect.OK:
			suspected = append(suspected, c)
		}
	}
	slices.SortFunc(causes, bySize)
	// Of two that are about to be declared, the smaller one may be an echo of the
	// larger one.
	slices.SortFunc(suspected, bySize)
	related := map[string]Relation{}
	for _, c := range suspected {
		e := c.echoOf(causes, down, p)
		if e.of != "" || !e.rest.IsZero() {
			related[c.Service] = Relation{EchoOf: e.of, Share: e.share, Fit: e.fit, Rest: e.rest}
		}
		if e.of == "" && c.Judgement.level() >= detect.Outage {
			at, _ := slices.BinarySearchFunc(causes, c, bySize)
			causes = slices.Insert(causes, at, c)
		}
	}
	for service, r := range link(declared, p) {
		related[service] = r
	}
	return related
}

// bySize compares two peers, the larger first.
func bySize(a, b *peer) int {
	return cmp.Or(cmp.Compare(b.total, a.total), cmp.Compare(a.Service, b.Service))
}

// isLive reports whether p has an incident that is not over.
func (p *Situation) isLive() bool { return p.Incident != nil && p.Incident.State != Resolved }

// isDeclared reports whether p has an incident that was confirmed and is not over.
func (p *Situation) isDeclared() bool { return p.isLive() && !p.Incident.Declared.IsZero() }

// wasDeclared reports whether p has an incident that was confirmed and not taken
// back.
func (p *Situation) wasDeclared() bool {
	return p.Incident != nil && !p.Incident.Declared.IsZero() && !p.Incident.IsRetracted()
}

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

// peer is a situation with what it is compared by.
type peer struct {
	*Situation
	total   float64                  // excess of all countries in the window
	courses map[string]detect.Course // by country, as far as they were needed
}

func newPeer(p *Situation) *peer {
	c := &peer{Situation: p, courses: map[string]detect.Course{}}
	for _, s := range p.Judgement.CountrySegments {
		c.total += max(0, float64(s.Observed)-s.Expected)
	}
	return c
}
