package catalog

import (
	"slices"
	"time"
)

// CategoryOf returns the category ID of a service, or "" for an unknown service.
func (c *Catalog) CategoryOf(slug string) string {
	if s, ok := c.Service(slug); ok {
		return s.Category
	}
	return ""
}

// ZoneOf returns the time zone that most people of a country live in, or UTC for
// an unknown country.
func (c *Catalog) ZoneOf(code string) *time.Location {
	if country, ok := c.Country(code); ok {
		return country.location
	}
	return time.UTC
}

// QuorumOf returns the fewest independent networks behind a warning and behind an
// outage of a service. It returns 0 for what the catalog does not set.
func (c *Catalog) QuorumOf(slug string) (warning, outage int) {
	if s, ok := c.Service(slug); ok {
		return s.WarningNetworks, s.OutageNetworks
	}
	return 0, 0
}

// DependenciesOf returns the provider of a service, and the slugs of its direct
// and indirect dependencies, sorted. It returns "" and nil for an unknown service.
func (c *Catalog) DependenciesOf(slug string) (provider string, dependencies []string) {
	if s, ok := c.Service(slug); ok {
		return s.Provider, c.dependencies(slug)
	}
	return "", nil
}

// dependencies returns the slugs of all services that a service depends on,
// directly or through other services, sorted.
func (c *Catalog) dependencies(slug string) []string {
	var slugs []string
	found := map[string]bool{}
	for queue := []string{slug}; len(queue) > 0; queue = queue[1:] {
		s, ok := c.Service(queue[0])
		if !ok {
			continue
		}
		for _, dependency := range s.DependsOn {
			if !found[dependency] {
				found[dependency] = true
				slugs, queue = append(slugs, dependency), append(queue, dependency)
			}
		}
	}
	slices.Sort(slugs)
	return slugs
}
