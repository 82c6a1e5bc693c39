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
	hidden                                flag
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

// flag is true or false at a place of a file. It is not set if it is absent.
type flag struct {
	set, value bool
	place
}
