package incident

import (
	"cmp"
	"maps"
	"slices"
)

// MaxLinked is how many others of its event an incident names. An event may have
// thousands, as when the network of a country fails; Event leads to all of them.
const MaxLinked = 8

// link returns, by service, the event of each incident that has one, and the links
// to others of it. A pair of incidents belongs to one event if
//
//   - one provider runs both services,
//   - one service needs the other, directly or through others, or
//   - they began within p.OnsetTolerance of each other in the same country.
//
// An event is everything that such pairs connect. Only declared incidents are
// linked: their onsets are final, and two suspicions at one time are usually
// chance.
func link(declared []*peer, p Policy) map[string]Relation {
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

	members, ofProvider := map[int][]*Incident{}, map[string][]*Incident{}
	for _, i := range firstToLast(declared) {
		d := declared[i]
		members[e.find(i)] = append(members[e.find(i)], d.Incident)
		if d.Provider != "" {
			ofProvider[d.Provider] = append(ofProvider[d.Provider], d.Incident)
		}
	}
	names := map[int]string{}
	for root, all := range members {
		names[root] = nameOfEvent(all)
	}
	linked := map[string]Relation{}
	for i, d := range declared {
		if root := e.find(i); len(members[root]) > 1 {
			linked[d.Service] = Relation{Event: names[root], Linked: others(d.Incident, ofProvider[d.Provider], members[root])}
		}
	}
	return linked
}

// firstToLast returns the places of incidents by their onsets.
func firstToLast(declared []*peer) []int {
	order := make([]int, len(declared))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		x, y := declared[a].Incident, declared[b].Incident
		return cmp.Or(x.Onset.Compare(y.Onset), cmp.Compare(x.ID, y.ID))
	})
	return order
}

// nameOfEvent returns the name of the event of incidents. Of two events that turn out
// to be one, the name of the earlier one stays.
func nameOfEvent(all []*Incident) string {
	first := all[0].ID
	for _, in := range all {
		if in.Event != "" && compareEvents(in.Event, first) < 0 {
			first = in.Event
		}
	}
	return first
}

// compareEvents compares the IDs of two incidents by the onsets in them.
func compareEvents(a, b string) int {
	const onset = len("2006-01-02-1504")
	return cmp.Or(cmp.Compare(a[max(0, len(a)-onset):], b[max(0, len(b)-onset):]), cmp.Compare(a, b))
}

// others returns the IDs of the first MaxLinked incidents of lists but in, sorted.
func others(in *Incident, lists ...[]*Incident) []string {
	var ids []string
	for _, list := range lists {
		for _, other := range list {
			if len(ids) == MaxLinked {
				break
			}
			if other.ID != in.ID && !slices.Contains(ids, other.ID) {
				ids = append(ids, other.ID)
			}
		}
	}
	slices.Sort(ids)
	return ids
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
