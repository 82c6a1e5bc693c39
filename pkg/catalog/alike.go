package catalog

import "time"

// KindOf returns the category of a service, and nothing for an unknown one.
func (c *Catalog) KindOf(slug string) string {
	if s, ok := c.Service(slug); ok {
		return s.Category
	}
	return ""
}

// ClockOf returns the time zone that most people of a country live by, and UTC
// for an unknown country.
func (c *Catalog) ClockOf(code string) *time.Location {
	if country, ok := c.Country(code); ok {
		return country.place
	}
	return time.UTC
}

// DependenciesOf returns who runs a service and all services that take it down when they
// fail, also through others.
func (c *Catalog) DependenciesOf(slug string) (provider string, needs []string) {
	if s, ok := c.Service(slug); ok {
		return s.Provider, c.Needs(slug)
	}
	return "", nil
}
