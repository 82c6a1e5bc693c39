package catalog

import "github.com/outcry/outcry/pkg/report"

var _ report.Rules = (*Catalog)(nil)

// HasService reports whether there is a service with this slug.
func (c *Catalog) HasService(slug string) bool {
	_, ok := c.Service(slug)
	return ok
}

// HasSymptom reports whether a service exists and offers a symptom.
func (c *Catalog) HasSymptom(slug, symptom string) bool {
	s, ok := c.Service(slug)
	return ok && s.HasSymptom(symptom)
}

// HasProvider reports whether the catalog has a provider with this ID.
func (c *Catalog) HasProvider(id string) bool {
	_, ok := c.Provider(id)
	return ok
}

// HasCategory reports whether the catalog has a category with this ID.
func (c *Catalog) HasCategory(id string) bool {
	_, ok := c.Category(id)
	return ok
}

// HasCountry reports whether code is the code of a country, or "ZZ".
func (c *Catalog) HasCountry(code string) bool {
	_, ok := c.Country(code)
	return ok
}
