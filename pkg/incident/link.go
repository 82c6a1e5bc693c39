package incident

import (
	"cmp"
	"maps"
	"slices"
)

// link returns, by service, the IDs of the other incidents that are one event
// with its own. Only declared incidents are linked, whose onsets no longer move:
// two suspicions at the same time are chance more often than not. A pair is
// linked if
//
//   - one provider runs both, or
//   - one needs the other, also through others, or
//   - they began within five minutes of each other in the same country.
//
// What is linked with the same one belongs together: an event is everything
// that such pairs hold together.
func link(declared []*peer, p Policy) map[string][]string {
	if len(declared) < 2 {
		return nil
	}
	e := events{of: make([]int, len(declared))}
	byService, byProvider := map[string]int{}, map[string]int{}
	for i, d := range declared {
		e.of[i] = i
		byService[d.Service] = i
		if first, ok := byProvider[d.Provider]; ok && d.Provider != "" {
			e.join(first, i)
		} else {
			byProvider[d.Provider] = i
		}
	}
	for i, d := range declared {
		for _, needed := range d.Needs {
			if j, ok := byService[needed]; ok {
				e.join(i, j)
			}
		}
	}
	e.joinOnsets(declared, p)

	members := map[int][]string{}
	for i, d := range declared {
		members[e.find(i)] = append(members[e.find(i)], d.Incident.ID)
	}
	linked := map[string][]string{}
	for i, d := range declared {
		if others := without(members[e.find(i)], d.Incident.ID); len(others) > 0 {
			linked[d.Service] = others
		}
	}
	return linked
}

// joinOnsets joins those that began together in a country. Among those of one
// country in the order of their onsets it is enough to look at neighbours.
func (e *events) joinOnsets(declared []*peer, p Policy) {
	byCountry := map[string][]int{}
	for i, d := range declared {
		for _, c := range d.Incident.Countries {
			byCountry[c.ID] = append(byCountry[c.ID], i)
		}
	}
	for _, country := range slices.Sorted(maps.Keys(byCountry)) {
		here := byCountry[country]
		slices.SortFunc(here, func(a, b int) int {
			return cmp.Or(declared[a].Incident.Onset.Compare(declared[b].Incident.Onset), cmp.Compare(a, b))
		})
		for k := 1; k < len(here); k++ {
			before, after := declared[here[k-1]].Incident, declared[here[k]].Incident
			if after.Onset.Sub(before.Onset) <= p.OnsetTolerance {
				e.join(here[k-1], here[k])
			}
		}
	}
}

// events are disjoint sets: of[i] is a member of the set of i, and itself only
// for the one that names the set.
type events struct{ of []int }

func (e *events) find(i int) int {
	for e.of[i] != i {
		e.of[i] = e.of[e.of[i]] // halves the way of the next one
		i = e.of[i]
	}
	return i
}

func (e *events) join(i, j int) {
	i, j = e.find(i), e.find(j)
	e.of[max(i, j)] = min(i, j)
}

// without returns ids sorted and without id.
func without(ids []string, id string) []string {
	others := slices.DeleteFunc(slices.Clone(ids), func(other string) bool { return other == id })
	slices.Sort(others)
	return others
}
