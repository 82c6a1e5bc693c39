package catalog

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Change is what a file of an operator changes of the catalog that it adds to.
type Change struct {
	Place string // FILE:LINE
	// Kind is symptom, provider, category or service, and ID names one of that kind.
	Kind, ID string
	Added    bool
	Hidden   bool
	// Fields are those that differ from the entry that was there.
	Fields []string
	// Note is something else that the operator should know.
	Note string
}

// String describes the change in a sentence without an end.
func (c Change) String() string {
	what := fmt.Sprintf("%s %q ", c.Kind, c.ID)
	switch {
	case c.Note != "":
		return what + c.Note
	case c.Added:
		return what + "is added"
	case c.Hidden:
		return what + "is hidden"
	case len(c.Fields) == 0:
		return what + "is as it was"
	}
	return what + "was there and has other " + strings.Join(c.Fields, ", ")
}

// Changes returns what the files of an operator changed of the catalog that they add
// to, in the order of the files.
func (c *Catalog) Changes() []Change { return c.current.Load().changes }

// Difference returns the slugs of the services that only after has, that only before
// has, and that differ between the two, in the order of the catalogs.
func Difference(before, after *Catalog) (added, removed, changed []string) {
	for _, s := range after.Services() {
		old, ok := before.Service(s.Slug)
		switch {
		case !ok:
			added = append(added, s.Slug)
		case !s.equal(old):
			changed = append(changed, s.Slug)
		}
	}
	for _, s := range before.Services() {
		if !after.HasService(s.Slug) {
			removed = append(removed, s.Slug)
		}
	}
	return added, removed, changed
}

// equal reports whether s and other have the same fields.
func (s *Service) equal(other *Service) bool {
	return maps.Equal(s.Names, other.Names) && s.Provider == other.Provider && s.Category == other.Category &&
		slices.Equal(s.Symptoms, other.Symptoms) && slices.Equal(s.Aliases, other.Aliases) &&
		slices.Equal(s.Countries, other.Countries) && slices.Equal(s.DependsOn, other.DependsOn) &&
		s.WarningNetworks == other.WarningNetworks && s.OutageNetworks == other.OutageNetworks
}

// with returns d with the entries of extra, and what that changes. The fields that
// an entry of extra has replace those of the entry with the same ID in d; names are
// replaced language by language. Other entries are added at the end. It may change
// the entries of d.
func (d document) with(extra document) (document, []Change) {
	var changes []Change
	merged := func(kind string, base, extra []entry) []entry {
		all, made := merge(kind, base, extra)
		changes = append(changes, made...)
		return all
	}
	return document{
		file:       d.file,
		symptoms:   merged("symptom", d.symptoms, extra.symptoms),
		providers:  merged("provider", d.providers, extra.providers),
		categories: merged("category", d.categories, extra.categories),
		services:   merged("service", d.services, extra.services),
	}, changes
}

// merge returns base with the entries of extra, as document.with describes.
func merge(kind string, base, extra []entry) ([]entry, []Change) {
	var changes []Change
	at := make(map[string]int, len(base))
	for i, e := range base {
		at[e.id.value] = i
	}
	for _, e := range extra {
		change := Change{Place: e.id.String(), Kind: kind, ID: e.id.value}
		if i, ok := at[e.id.value]; ok {
			change.Fields = base[i].take(e)
			change.Hidden = e.hidden.value
		} else {
			at[e.id.value] = len(base)
			base = append(base, e)
			change.Added = true
		}
		changes = append(changes, change)
	}
	return base, changes
}

// take replaces the fields that from has, and returns the names of those that differ.
// From then on problems of e are problems of the place of from.
func (e *entry) take(from entry) (differing []string) {
	note := func(field string, differs bool) {
		if differs {
			differing = append(differing, field)
		}
	}
	e.id = from.id
	if len(from.names) > 0 {
		names := maps.Clone(e.names)
		for _, language := range slices.Sorted(maps.Keys(from.names)) {
			note("names."+language, names[language] != from.names[language])
			names[language] = from.names[language]
		}
		e.names = names
	}
	takeText := func(field string, to *text, from text) {
		if from.value != "" {
			note(field, to.value != from.value)
			*to = from
		}
	}
	takeText("provider", &e.provider, from.provider)
	takeText("category", &e.category, from.category)
	takeList := func(field string, to *[]text, from []text) {
		if from != nil {
			note(field, !slices.Equal(values(*to), values(from)))
			*to = from
		}
	}
	takeList("symptoms", &e.symptoms, from.symptoms)
	takeList("aliases", &e.aliases, from.aliases)
	takeList("countries", &e.countries, from.countries)
	takeList("depends_on", &e.depends, from.depends)
	takeNumber := func(field string, to *number, from number) {
		if from.value != 0 {
			note(field, to.value != from.value)
			*to = from
		}
	}
	takeNumber("warning_networks", &e.warning, from.warning)
	takeNumber("outage_networks", &e.outage, from.outage)
	if from.hidden.set {
		note("hidden", e.hidden.value != from.hidden.value)
		e.hidden = from.hidden
	}
	return differing
}
