package catalog

// document is a catalog file as written: every value with its place, nothing
// looked up yet.
type document struct {
	file                                      string
	symptoms, providers, categories, services []entry
}

// entry is a symptom, provider, category or service. Which fields it may have
// depends on the section; the others are empty.
type entry struct {
	id                                    text
	names                                 Names
	provider, category                    text
	symptoms, aliases, countries, depends []text
	warning, outage                       number
}

// text is a short text of a file and where it stands. An absent one has no value
// and no place.
type text struct {
	value string
	place
}

// number is a whole number of a file and where it stands; 0 is an absent one.
type number struct {
	value int
	place
}

// with returns d with the entries of extra: one with a known ID takes the place
// of the old one, a new one follows at the end.
func (d document) with(extra document) document {
	return document{
		file:       d.file,
		symptoms:   override(d.symptoms, extra.symptoms),
		providers:  override(d.providers, extra.providers),
		categories: override(d.categories, extra.categories),
		services:   override(d.services, extra.services),
	}
}

func override(base, extra []entry) []entry {
	at := make(map[string]int, len(base))
	for i, e := range base {
		at[e.id.value] = i
	}
	for _, e := range extra {
		if i, ok := at[e.id.value]; ok {
			base[i] = e
			continue
		}
		at[e.id.value] = len(base)
		base = append(base, e)
	}
	return base
}
