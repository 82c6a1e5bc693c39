package incident

import (
	"cmp"
	"slices"
	"time"

	"github.com/outcry/outcry/pkg/detect"
)

// Present is a service as it stands at one tick.
type Situation struct {
	Service  string
	Provider string // who runs it
	// Needs are the services that take it down when they fail, also those that
	// do so through others.
	Needs     []string
	Incident  *Incident // as the last tick left it; nil without
	Judgement Judgement // of this tick
}

// Relation is what the other services in trouble say of one. The zero Relation
// is that of a service whose trouble is its own.
type Relation struct {
	// EchoOf is the service whose echo this may be: people report this one though
	// that one is what is down. A confirmed incident is none.
	EchoOf string
	// Faint says that the echo is next to nothing beside what it echoes.
	Faint bool
	// Linked are the other incidents of the same event, by ID, sorted.
	Linked []string
}

// Relate compares the services that are in trouble at one tick and returns the
// relations there are, by service; of most there are none. What becomes of them
// is Apply's matter, with the relation in the judgement.
//
// It takes n log n steps for n services in trouble, and one for each of them and
// each declared outage that is far bigger than it. Others cost one step each.
func Relate(all []Situation, p Policy) map[string]Relation {
	var declared []*peer
	down := map[string]bool{}
	for i := range all {
		if present := &all[i]; present.declared() {
			declared = append(declared, newPeer(present, present.Judgement.CountrySegments))
			down[present.Service] = true
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
		present := &all[i]
		if down[present.Service] || present.Judgement.level() == detect.OK {
			continue
		}
		c := newPeer(present, present.Judgement.explained())
		if of, faint := c.echo(declared, down, p); of != "" {
			related[c.Service] = Relation{EchoOf: of, Faint: faint}
		}
	}
	for service, ids := range link(declared, p) {
		related[service] = Relation{Linked: ids}
	}
	return related
}

// live tells whether p has an incident that is not over.
func (p *Situation) live() bool { return p.Incident != nil && p.Incident.State != Resolved }

// declared tells whether the incident of p was confirmed and is not over.
func (p *Situation) declared() bool { return p.live() && !p.Incident.Declared.IsZero() }

// onset returns since when p is in trouble.
func (p *Situation) onset() time.Time {
	if p.live() {
		return p.Incident.Onset
	}
	if onset := p.Judgement.lead().Onset; !onset.IsZero() {
		return onset
	}
	return p.Judgement.At
}

// party is a service in trouble with what it is compared by.
type peer struct {
	*Situation
	countries []Segment          // that count
	excess    map[string]float64 // of each of them
	total     float64            // of all of them
}

func newPeer(p *Situation, countries []Segment) *peer {
	c := &peer{Situation: p, countries: countries, excess: make(map[string]float64, len(countries))}
	for _, s := range countries {
		c.excess[s.ID] = excess(s)
		c.total += excess(s)
	}
	return c
}

// explained returns the country slices that explain the excess, or all of them
// if none does.
func (j Judgement) explained() []Segment {
	affected := j.affected()
	if len(affected) == 0 {
		return j.CountrySegments
	}
	return slices.DeleteFunc(slices.Clone(j.CountrySegments), func(s Segment) bool {
		return !slices.ContainsFunc(affected, func(a Segment) bool { return a.ID == s.ID })
	})
}

// excess returns the reports of s above the usual ones.
func excess(s Segment) float64 { return max(0, float64(s.Observed)-s.Expected) }
