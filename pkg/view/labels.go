package view

import (
	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/locale"
)

// Labels names services, symptoms and countries in one language.
type Labels struct {
	Catalog *catalog.Catalog
	Locale  *locale.Locale
}

// NewLabels returns the names in c in the language of l.
func NewLabels(c *catalog.Catalog, l *locale.Locale) Labels { return Labels{Catalog: c, Locale: l} }

// Service returns the name of a service, or its slug if the catalog has no such
// service. The other methods fall back to the ID as well.
func (n Labels) Service(slug string) string {
	if s, ok := n.Catalog.Service(slug); ok {
		return s.Names.In(n.Locale.Code)
	}
	return slug
}

// Symptom returns the name of a symptom.
func (n Labels) Symptom(id string) string {
	if s, ok := n.Catalog.Symptom(id); ok {
		return s.Names.In(n.Locale.Code)
	}
	return id
}

// Country returns the name of a country.
func (n Labels) Country(code string) string {
	if c, ok := n.Catalog.Country(code); ok {
		return c.Names.In(n.Locale.Code)
	}
	return code
}

// CountryInSentence returns the name of a country in the form that it has within
// a sentence.
func (n Labels) CountryInSentence(code string) string {
	return n.Locale.CountryInSentence(code, n.Country(code))
}

func (n Labels) category(id string) string {
	if c, ok := n.Catalog.Category(id); ok {
		return c.Names.In(n.Locale.Code)
	}
	return id
}

// providerOf returns the provider of a service, "" if it is its own.
func (n Labels) providerOf(slug string) string {
	s, _ := n.Catalog.Service(slug)
	if s == nil {
		return ""
	}
	return s.Provider
}

func (n Labels) provider(id string) string {
	if p, ok := n.Catalog.Provider(id); ok {
		return p.Names.In(n.Locale.Code)
	}
	return id
}
