package catalog

import "github.com/outcry/outcry/pkg/report"

var _ report.Rules = (*Catalog)(nil)

// HasService tells whether there is a service of this slug.
func (c *Catalog) HasService(slug string) bool {
	_, ok := c.Service(slug)
	return ok
}

// HasSymptom tells whether a service has a symptom.
func (c *Catalog) HasSymptom(slug, symptom string) bool {
	s, ok := c.Service(slug)
	return ok && s.HasSymptom(symptom)
}

// HasCountry tells whether code is a country's, or that of an unknown place.
func (c *Catalog) HasCountry(code string) bool {
	_, ok := c.Country(code)
	return ok
}
