// Package catalog knows what can be reported: services, the providers that run
// them, the categories they belong to and the symptoms an outage shows, and the
// countries reports come from, with their names in every language.
//
// A catalog is a YAML file. One is embedded; an operator may replace it, or add
// to it with a second file. It is checked as a whole when it is loaded and does
// not change afterwards, so it may be read from any number of goroutines.
//
// The package neither knows how a service is doing nor checks reports: it answers
// what exists and what it is called.
package catalog

import "slices"

// Catalog is a checked set of services. Slices and structs that its methods
// return are shared between callers and must not be changed.
type Catalog struct {
	services   []*Service
	categories []*Category

	serviceBySlug      map[string]*Service
	servicesByProvider map[string][]*Service
	providerByID       map[string]*Provider
	categoryByID       map[string]*Category
	symptomByID        map[string]*Symptom

	index []indexed
}

// Service returns the service with this slug.
func (c *Catalog) Service(slug string) (*Service, bool) {
	s, ok := c.serviceBySlug[slug]
	return s, ok
}

// Services returns all services in the order of the file, well-known ones first.
func (c *Catalog) Services() []*Service { return c.services }

// ByProvider returns the services of a provider in the order of the file.
func (c *Catalog) ByProvider(id string) []*Service { return slices.Clip(c.servicesByProvider[id]) }

// Needs returns the slugs of all services that take the service with this slug
// down when they fail, also those that do so through others, sorted.
func (c *Catalog) Needs(slug string) []string {
	var needs []string
	found := map[string]bool{}
	for next := []string{slug}; len(next) > 0; next = next[1:] {
		s, ok := c.Service(next[0])
		if !ok {
			continue
		}
		for _, needed := range s.DependsOn {
			if !found[needed] {
				found[needed] = true
				needs, next = append(needs, needed), append(next, needed)
			}
		}
	}
	slices.Sort(needs)
	return needs
}

// Categories returns all categories in the order of the file.
func (c *Catalog) Categories() []*Category { return c.categories }

// Category returns the category with this ID.
func (c *Catalog) Category(id string) (*Category, bool) {
	category, ok := c.categoryByID[id]
	return category, ok
}

// Provider returns the provider with this ID.
func (c *Catalog) Provider(id string) (*Provider, bool) {
	p, ok := c.providerByID[id]
	return p, ok
}

// Symptom returns the symptom with this ID.
func (c *Catalog) Symptom(id string) (*Symptom, bool) {
	s, ok := c.symptomByID[id]
	return s, ok
}

// Country returns the country with this ISO 3166-1 alpha-2 code, which is in
// upper case. "ZZ" is the unknown country and "XK" is Kosovo.
func (c *Catalog) Country(code string) (*Country, bool) {
	country, ok := world().byCode[code]
	return country, ok
}

// Countries returns all countries by code, without the unknown one.
func (c *Catalog) Countries() []*Country { return world().countries }

// newCatalog builds the look-ups over entries that have been checked.
func newCatalog(services []*Service, providers []*Provider, categories []*Category, symptoms []*Symptom) *Catalog {
	c := &Catalog{
		// Without spare capacity a caller's append copies instead of overwriting.
		services:           slices.Clip(services),
		categories:         slices.Clip(categories),
		serviceBySlug:      make(map[string]*Service, len(services)),
		servicesByProvider: make(map[string][]*Service, len(providers)),
		providerByID:       make(map[string]*Provider, len(providers)),
		categoryByID:       make(map[string]*Category, len(categories)),
		symptomByID:        make(map[string]*Symptom, len(symptoms)),
	}
	for _, s := range services {
		c.serviceBySlug[s.Slug] = s
		c.servicesByProvider[s.Provider] = append(c.servicesByProvider[s.Provider], s)
	}
	for _, p := range providers {
		c.providerByID[p.ID] = p
	}
	for _, category := range categories {
		c.categoryByID[category.ID] = category
	}
	for _, s := range symptoms {
		c.symptomByID[s.ID] = s
	}
	c.index = newIndex(services, c.providerByID)
	return c
}
