// Package catalog lists what can be reported: services, their providers,
// categories and symptoms, and the countries that reports come from. Everything
// has names in one or more languages.
//
// A catalog is read from a YAML file. One file is embedded in the program. An
// operator may replace it, or add to it with further files. A catalog is checked
// completely when it is loaded. Replace swaps all of its content at once, so it is
// safe for concurrent use.
//
// The package does not judge how a service is doing and does not validate reports.
package catalog

import (
	"slices"
	"sync/atomic"
)

// Catalog is a checked set of services. Its methods return slices and structs that
// callers share and must not change. What one call returned may be missing at the
// next one, if Replace was called in between.
type Catalog struct {
	current atomic.Pointer[content]
}

// Replace gives c the content of next.
func (c *Catalog) Replace(next *Catalog) { c.current.Store(next.current.Load()) }

// Copy returns a catalog with the present content of c, which Replace can change
// without changing c.
func (c *Catalog) Copy() *Catalog {
	copied := &Catalog{}
	copied.Replace(c)
	return copied
}

// content is what a catalog holds. It never changes.
type content struct {
	serviceList  []*Service
	categoryList []*Category

	serviceBySlug      map[string]*Service
	servicesByProvider map[string][]*Service
	providerByID       map[string]*Provider
	categoryByID       map[string]*Category
	symptomByID        map[string]*Symptom

	index []searchEntry

	changes []Change
}

// Service returns the service with this slug.
func (c *Catalog) Service(slug string) (*Service, bool) {
	s, ok := c.current.Load().serviceBySlug[slug]
	return s, ok
}

// Services returns all services in the order of the file, well-known ones first.
func (c *Catalog) Services() []*Service { return c.current.Load().serviceList }

// ByProvider returns the services of a provider in the order of the file.
func (c *Catalog) ByProvider(id string) []*Service {
	return slices.Clip(c.current.Load().servicesByProvider[id])
}

// Categories returns all categories in the order of the file.
func (c *Catalog) Categories() []*Category { return c.current.Load().categoryList }

// Category returns the category with this ID.
func (c *Catalog) Category(id string) (*Category, bool) {
	category, ok := c.current.Load().categoryByID[id]
	return category, ok
}

// Provider returns the provider with this ID.
func (c *Catalog) Provider(id string) (*Provider, bool) {
	p, ok := c.current.Load().providerByID[id]
	return p, ok
}

// Symptom returns the symptom with this ID.
func (c *Catalog) Symptom(id string) (*Symptom, bool) {
	s, ok := c.current.Load().symptomByID[id]
	return s, ok
}

// Country returns the country with this ISO 3166-1 alpha-2 code, in upper case.
// "ZZ" is the unknown country and "XK" is Kosovo.
func (c *Catalog) Country(code string) (*Country, bool) {
	country, ok := world().byCode[code]
	return country, ok
}

// Countries returns all countries, sorted by code, without the unknown country.
func (c *Catalog) Countries() []*Country { return world().countries }

// newCatalog returns a catalog of entries that have been checked.
func newCatalog(services []*Service, providers []*Provider, categories []*Category, symptoms []*Symptom) *Catalog {
	c := &content{
		// Without spare capacity a caller's append copies instead of overwriting.
		serviceList:        slices.Clip(services),
		categoryList:       slices.Clip(categories),
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
	made := &Catalog{}
	made.current.Store(c)
	return made
}
