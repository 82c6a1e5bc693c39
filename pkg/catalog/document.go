package catalog

// document is the content of a catalog file. Every value has its place, and
// references between entries are not resolved yet.
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

// text is a short text of a file and its place. The zero text is an absent one.
type text struct {
	value string
	place
}

// number is a whole number of a file and its place. Its value is 0 if it is absent.
type number struct {
	value int
	place
}

// with returns d with the entries of extra. An entry whose ID d has replaces that
// entry; others are added at the end. It may change the entries of d.
func (d document) with(extra document) document {
	return document{
		file:       d.file,
		symptoms:   override(d.symptoms, extra.symptoms),
		providers:  override(d.providers, extra.providers),
		categories: override(d.categories, extra.categories),
		services:   override(d.services, extra.services),
	}
}

// override returns base with the entries of extra, as document.with describes.
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
