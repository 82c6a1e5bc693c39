package catalog

import "slices"

// Service is something that people use and report.
type Service struct {
	Slug      string   // [a-z0-9-]{1,40}; part of URLs
	Names     Names    // often the same brand in all languages
	Provider  string   // ID of the provider; always set
	Category  string   // ID of the category
	Symptoms  []string // IDs in the order of the buttons; "other" is last
	Aliases   []string // further search terms
	Countries []string // ISO 3166-1 alpha-2 codes of a local service; empty means the world
	DependsOn []string // slugs of services that take it down when they fail
	// WarningNetworks and OutageNetworks are the fewest independent networks behind
	// a warning and an outage of the service. 0 means the settings
	// OUTCRY_WARNING_NETWORKS and OUTCRY_OUTAGE_NETWORKS.
	WarningNetworks int
	OutageNetworks  int
}

// HasSymptom reports whether the service offers this symptom.
func (s *Service) HasSymptom(id string) bool { return slices.Contains(s.Symptoms, id) }

// Provider runs services. Services of one provider often fail together.
type Provider struct {
	ID    string
	Names Names
}

// Category is a kind of service.
type Category struct {
	ID       string
	Names    Names
	Symptoms []string // of its services that do not list their own
}

// Symptom is how an outage shows. Its names fit on a button.
type Symptom struct {
	ID    string
	Names Names
}
