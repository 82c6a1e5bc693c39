package incident

import (
	"cmp"
	"maps"
	"slices"
)

// link returns, by service, the IDs of the other incidents of the same event. A pair
// of incidents belongs to one event if
//
//   - one provider runs both services,
//   - one service needs the other, directly or through others, or
//   - they began within p.OnsetTolerance of each other in the same country.
//
// An event is everything that such pairs connect. Only declared incidents are
// linked: their onsets are final, and two suspicions at one time are usually
// chance.
func link(declared []*peer, p Policy) map[string][]string {
	if len(declared) < 2 {
		return nil
	}
	e := events{parent: make([]int, len(declared))}
	byService, byProvider := map[string]int{}, map[string]int{}
	for i, d := range declared {
		e.parent[i] = i
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

// joinOnsets joins the incidents that began together in a country. Sorted by
// onset, only neighbours have to be compared.
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

// events are disjoint sets of incidents, as a forest: parent[i] is a member of the
// set of i, and i itself only for the root.
type events struct{ parent []int }

// find returns the root of the set of i.
func (e *events) find(i int) int {
	for e.parent[i] != i {
		e.parent[i] = e.parent[e.parent[i]] // path halving: the next search takes half the steps
		i = e.parent[i]
	}
	return i
}

// join merges the sets of i and j.
func (e *events) join(i, j int) {
	i, j = e.find(i), e.find(j)
	e.parent[max(i, j)] = min(i, j)
}

// without returns ids sorted and without id.
func without(ids []string, id string) []string {
	others := slices.DeleteFunc(slices.Clone(ids), func(other string) bool { return other == id })
	slices.Sort(others)
	return others
}
