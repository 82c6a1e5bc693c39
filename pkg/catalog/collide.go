package catalog

import "fmt"

// collisions returns a note for every service of an added file with a slug, name or
// alias that another service has too, so that a search finds both. Those of the base
// alone are known.
func (c *Catalog) collisions(d document) []Change {
	placeOf := map[string]place{}
	for _, e := range d.services {
		placeOf[e.id.value] = e.id.place
	}
	type owner struct {
		slug string
		kind rank
	}
	owners := map[string][]owner{}
	for _, indexed := range c.current.Load().index {
		for _, t := range indexed.terms {
			if t.kind != ofProvider {
				owners[t.joined] = append(owners[t.joined], owner{indexed.service.Slug, t.kind})
			}
		}
	}
	var notes []Change
	for _, indexed := range c.current.Load().index {
		slug := indexed.service.Slug
		if placeOf[slug].file == d.file {
			continue
		}
		noted := map[string]bool{slug: true}
		for _, t := range indexed.terms {
			if t.kind == ofProvider {
				continue
			}
			for _, other := range owners[t.joined] {
				if noted[other.slug] {
					continue
				}
				noted[other.slug] = true
				notes = append(notes, Change{Place: placeOf[slug].String(), Kind: "service", ID: slug,
					Note: fmt.Sprintf("is also found by %q, a word of %q; a search lists both", t.spaced, other.slug)})
			}
		}
	}
	return notes
}
