package catalog

import "slices"

// Service is something people use and report.
type Service struct {
	Slug      string   // [a-z0-9-]{1,40}; part of URLs
	Names     Names    // a brand is often written alike in all languages
	Provider  string   // ID of who runs it; always set
	Category  string   // ID of what kind of service it is
	Symptoms  []string // IDs in the order of the buttons; "other" is always last
	Aliases   []string // further words to find it by
	Countries []string // ISO 3166-1 alpha-2 codes of use, when local; empty means the world
	DependsOn []string // slugs of services that take it down when they fail
	// WarningNetworks and OutageNetworks are the fewest distinct networks behind a
	// warning and an outage of the service; 0 is what holds for all.
	WarningNetworks int
	OutageNetworks  int
}

// HasSymptom reports whether the service offers this symptom.
func (s *Service) HasSymptom(id string) bool { return slices.Contains(s.Symptoms, id) }

// QuorumOf returns the fewest distinct networks behind a warning and an outage of
// a service, and 0 where the catalog does not say.
func (c *Catalog) QuorumOf(slug string) (warning, outage int) {
	if s, ok := c.Service(slug); ok {
		return s.WarningNetworks, s.OutageNetworks
	}
	return 0, 0
}

// Provider is who runs services. Services of one provider often fail together.
type Provider struct {
	ID    string
	Names Names
}

// Category is a kind of service.
type Category struct {
	ID       string
	Names    Names
	Symptoms []string // of its services, unless they say otherwise
}

// Symptom is how an outage shows. Its names fit on a button.
type Symptom struct {
	ID    string
	Names Names
}
