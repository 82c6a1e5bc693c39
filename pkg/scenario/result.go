package scenario

import (
	"slices"
	"time"

	"github.com/outcry/outcry/pkg/incident"
)

// Result is the outcome of a replay, in the JSON that `outcry simulate --json`
// prints. Times are UTC; null means that something never happened.
type Result struct {
	Scenario string          `json:"scenario"`
	Title    string          `json:"title"`
	Source   string          `json:"source"` // who printed the figures that the replay is simulated to
	Notes    []string        `json:"notes,omitempty"`
	Seed     int64           `json:"seed"`
	OK       bool            `json:"ok"`            // everything is as the scenario expects
	Off      []string        `json:"off,omitempty"` // what is not as expected
	Services []ServiceResult `json:"services"`      // those of the story, or all when there is no story
	Press    []PressResult   `json:"press"`         // sorted by as_of
	// NotReplayed are the printed figures that a replay of this size cannot reach.
	NotReplayed []NotReplayed    `json:"not_replayed"`
	Incidents   []IncidentResult `json:"incidents"` // all of the replay with echoes, sorted by onset
}

// ServiceResult is the outcome for one service. Reports, symptoms and countries
// count from onset to resolution, or to the end of the replay when the incident
// was not resolved.
type ServiceResult struct {
	Service        string     `json:"service"`
	Onset          *time.Time `json:"onset"` // from the scenario file
	OnsetEstimated *time.Time `json:"onset_estimated"`
	DeclaredAt     *time.Time `json:"declared_at"`
	DelaySeconds   *float64   `json:"delay_seconds"`
	// CrowdedAt is the first minute from the onset on with 100 reports from 30
	// networks. The outage should be declared within a minute of it.
	CrowdedAt  *time.Time         `json:"crowded_at"`
	ResolvedAt *time.Time         `json:"resolved_at"`
	Reports    int64              `json:"reports"`
	Symptoms   map[string]float64 `json:"symptoms"`  // shares in [0, 1]
	Countries  []CountryResult    `json:"countries"` // most reports first
}

// CountryResult is one country's part of an outage.
type CountryResult struct {
	Country string `json:"country"`
	Reports int64  `json:"reports"`
}

// PressResult is one printed figure beside the measured one. Shares are in
// [0, 1].
type PressResult struct {
	What     string    `json:"what"`
	Printed  float64   `json:"printed"`
	Measured float64   `json:"measured"`
	Window   string    `json:"window"`
	AsOf     time.Time `json:"as_of"`
	OK       bool      `json:"ok"`
	share    bool
}

// NotReplayed is a printed figure that was not measured.
type NotReplayed struct {
	What    string  `json:"what"`
	Printed float64 `json:"printed"`
	Note    string  `json:"note"`
}

// IncidentResult is one incident of the replay.
type IncidentResult struct {
	ID         string         `json:"id"`
	Service    string         `json:"service"`
	Role       Role           `json:"role"`
	State      incident.State `json:"state"`
	Onset      time.Time      `json:"onset"` // as the detector estimated it
	DeclaredAt *time.Time     `json:"declared_at"`
	ResolvedAt *time.Time     `json:"resolved_at"`
	Countries  []string       `json:"countries"` // every country that the incident named, sorted
}

func newIncidentResult(s *Scenario, inc *incident.Incident, events []incident.Event) IncidentResult {
	role := Control
	if sv := s.service(inc.Service); sv != nil {
		role = sv.Role
	}
	countries := []string{}
	for _, c := range inc.Countries {
		countries = append(countries, c.ID)
	}
	for _, e := range events {
		if e.Incident == inc.ID {
			countries = append(countries, e.Countries...)
		}
	}
	slices.Sort(countries)
	return IncidentResult{
		ID: inc.ID, Service: inc.Service, Role: role, State: inc.State, Onset: inc.Onset.UTC(),
		DeclaredAt: timeOrNil(inc.Declared), ResolvedAt: timeOrNil(inc.Resolved), Countries: slices.Compact(countries),
	}
}
