package catalog

import (
	"fmt"
	"slices"
)

// maxSymptoms is how many symptom buttons fit on the first screen of a small
// phone.
const maxSymptoms = 8

// assembler turns a document into a catalog and resolves the references between
// its entries.
type assembler struct {
	problems   *problems
	symptoms   map[string]bool
	categories map[string]*Category
	providers  map[string]bool
	services   map[string]entry
	base       string          // the file that others add to
	hidden     map[string]bool // services, by slug
	notes      []Change
}

// assemble returns the catalog of d and adds the problems it finds to ps. The
// catalog may be used only if there are none.
func assemble(d document, ps *problems) (*Catalog, []Change) {
	a := assembler{
		problems:   ps,
		symptoms:   make(map[string]bool),
		categories: make(map[string]*Category),
		providers:  make(map[string]bool),
		services:   make(map[string]entry),
		base:       d.file,
		hidden:     hiddenServices(d),
	}
	switch len(d.services) {
	case 0:
		ps.addf(place{d.file, 1}, "there are no services; add at least one under \"services:\"")
	case len(a.hidden):
		ps.addf(d.services[0].id.place, "all services are hidden; leave at least one")
	}
	a.requireNames("symptom", d.symptoms)
	a.requireNames("category", d.categories)
	a.requireNames("provider", d.providers)
	a.requireNames("service", d.services)
	var (
		symptoms   []*Symptom
		providers  []*Provider
		categories []*Category
		services   []*Service
	)
	for _, e := range d.symptoms {
		a.symptoms[e.id.value] = true
		symptoms = append(symptoms, &Symptom{ID: e.id.value, Names: e.names})
	}
	for _, e := range d.categories {
		category := a.category(e)
		a.categories[category.ID] = category
		if !e.hidden.value {
			categories = append(categories, category)
		}
	}
	for _, e := range d.providers {
		a.providers[e.id.value] = true
		providers = append(providers, &Provider{ID: e.id.value, Names: e.names})
	}
	for _, e := range d.services {
		a.services[e.id.value] = e
		// A service without a provider is its own provider, also when it is hidden:
		// others may name it.
		if (e.provider.value == "" || e.provider.value == e.id.value) && !a.providers[e.id.value] {
			a.providers[e.id.value] = true
			providers = append(providers, &Provider{ID: e.id.value, Names: e.names})
		}
	}
	for _, e := range d.services {
		if s := a.service(e); !a.hidden[s.Slug] {
			services = append(services, s)
		}
	}
	a.refuseCycles(d.services)
	return newCatalog(services, providers, categories, symptoms), a.notes
}

// hiddenServices returns the slugs of the services that are hidden, or whose
// category is.
func hiddenServices(d document) map[string]bool {
	categories, services := map[string]bool{}, map[string]bool{}
	for _, e := range d.categories {
		categories[e.id.value] = e.hidden.value
	}
	for _, e := range d.services {
		if e.hidden.value || categories[e.category.value] {
			services[e.id.value] = true
		}
	}
	return services
}

// requireNames adds a problem for every entry without an English name.
func (a assembler) requireNames(kind string, entries []entry) {
	for _, e := range entries {
		if _, ok := e.names["en"]; !ok {
			a.problems.addf(e.id.place, "%s %q has no English name; add one as \"en\" to its names", kind, e.id.value)
		}
	}
}

func (a assembler) category(e entry) *Category {
	if e.symptoms == nil {
		a.problems.addf(e.id.place, "category %q has no symptoms; list those its services offer, as [connection, other]", e.id.value)
	}
	return &Category{ID: e.id.value, Names: e.names, Symptoms: a.symptomIDs(e.symptoms, e.id)}
}

func (a *assembler) service(e entry) *Service {
	s := &Service{
		Slug:      e.id.value,
		Names:     e.names,
		Provider:  e.id.value,
		Category:  e.category.value,
		Symptoms:  a.symptomIDs(e.symptoms, e.id),
		Aliases:   values(e.aliases),
		Countries: values(e.countries),
		DependsOn: a.dependencies(e),

		WarningNetworks: e.warning.value,
		OutageNetworks:  e.outage.value,
	}
	if s.OutageNetworks > 0 && s.OutageNetworks < s.WarningNetworks {
		a.problems.addf(e.outage.place, "outage_networks of %q is less than its warning_networks; an outage needs at least as many", s.Slug)
	}
	if e.provider.value != "" {
		s.Provider = e.provider.value
		if !a.providers[s.Provider] {
			a.problems.addf(e.provider.place, "provider %q is unknown; add it to the providers, or leave it out if the service is its own", s.Provider)
		}
	}
	category, ok := a.categories[s.Category]
	switch {
	case s.Category == "":
		a.problems.addf(e.id.place, "service %q has no category; add \"category:\"", s.Slug)
	case !ok:
		a.problems.addf(e.category.place, "category %q is unknown; add it to the categories, or use one that is there", s.Category)
	case e.symptoms == nil:
		s.Symptoms = category.Symptoms
	}
	for _, code := range e.countries {
		if _, ok := world().byCode[code.value]; !ok || code.value == "ZZ" {
			a.problems.addf(code.place, "country %q is unknown; use a code of ISO 3166-1 alpha-2, in capitals", code.value)
		}
	}
	return s
}

// dependencies returns the slugs of the services that e depends on. What the base
// says of a hidden service is left out, because nothing is counted for it.
func (a *assembler) dependencies(e entry) []string {
	var slugs []string
	for _, slug := range e.depends {
		_, known := a.services[slug.value]
		switch {
		case !known:
			a.problems.addf(slug.place, "service %q, on which %q depends, is unknown; add it, or remove it here", slug.value, e.id.value)
		case !a.hidden[slug.value] || a.hidden[e.id.value]:
			slugs = append(slugs, slug.value)
		case slug.file != a.base:
			a.problems.addf(slug.place, "service %q, on which %q depends, is hidden; remove it here, or show it", slug.value, e.id.value)
		default:
			note := fmt.Sprintf("no longer depends on %q, which is hidden", slug.value)
			a.notes = append(a.notes, Change{Place: a.services[slug.value].id.String(), Kind: "service", ID: e.id.value, Note: note})
		}
	}
	return slugs
}

// symptomIDs checks and returns the symptoms of a service or category. It returns
// nil if the file has no list of them.
func (a assembler) symptomIDs(list []text, owner text) []string {
	if list == nil {
		return nil
	}
	for _, symptom := range list {
		if !a.symptoms[symptom.value] {
			a.problems.addf(symptom.place, "symptom %q is unknown; add it to the symptoms, or use one that is there", symptom.value)
		}
	}
	switch {
	case len(list) == 0 || list[len(list)-1].value != "other":
		a.problems.addf(owner.place, "the symptoms of %q do not end with other; add it as the last", owner.value)
	case len(list) > maxSymptoms:
		a.problems.addf(owner.place, "%q has %d symptoms; keep the %d that people meet most", owner.value, len(list), maxSymptoms)
	}
	return slices.Clip(values(list))
}

// refuseCycles adds a problem for every service that depends on itself, directly
// or through other services. Code that follows dependencies relies on this to
// terminate.
func (a assembler) refuseCycles(services []entry) {
	const (
		visiting = iota + 1
		done
	)
	state := make(map[string]int, len(services))
	var visit func(e entry)
	visit = func(e entry) {
		state[e.id.value] = visiting
		for _, slug := range e.depends {
			switch state[slug.value] {
			case visiting:
				a.problems.addf(slug.place, "%q depends on %q, which depends on it in turn; remove one of the two", e.id.value, slug.value)
			case done:
			default:
				visit(a.services[slug.value])
			}
		}
		state[e.id.value] = done
	}
	for _, e := range services {
		if state[e.id.value] == 0 {
			visit(e)
		}
	}
}

// values returns the values of texts, or nil if there are none.
func values(list []text) []string {
	if len(list) == 0 {
		return nil
	}
	vs := make([]string, len(list))
	for i, t := range list {
		vs[i] = t.value
	}
	return vs
}
