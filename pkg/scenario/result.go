package scenario

import (
	"slices"
	"time"

	"github.com/outcry/outcry/pkg/incident"
)

// Result is what a replay showed, in the JSON that `outcry simulate --json`
// prints. Times are UTC; null says that something never came.
type Result struct {
	Scenario string          `json:"scenario"`
	Title    string          `json:"title"`
	Source   string          `json:"source"` // whose figures; that all is simulated to them
	Notes    []string        `json:"notes,omitempty"`
	Seed     int64           `json:"seed"`
	OK       bool            `json:"ok"`            // everything is as the scenario expects
	Off      []string        `json:"off,omitempty"` // what is not
	Services []ServiceResult `json:"services"`      // those of the story; without one all
	Press    []PressResult   `json:"press"`         // by as_of
	// NotReplayed are printed figures that a replay of this size cannot have.
	NotReplayed []NotReplayed    `json:"not_replayed"`
	Incidents   []IncidentResult `json:"incidents"` // all of the replay, echoes too, by onset
}

// ServiceResult is how one service fared. Reports, symptoms and countries count
// from onset to resolution, or to the end of a replay without.
type ServiceResult struct {
	Service        string     `json:"service"`
	Onset          *time.Time `json:"onset"` // the scenario's own
	OnsetEstimated *time.Time `json:"onset_estimated"`
	DeclaredAt     *time.Time `json:"declared_at"`
	DelaySeconds   *float64   `json:"delay_seconds"`
	// CrowdedAt is the first minute from the onset on that holds 100 reports from
	// 30 networks, from which on no more than a minute should pass.
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

// PressResult is one printed figure and what was measured. Shares are in
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
	Onset      time.Time      `json:"onset"` // estimated
	DeclaredAt *time.Time     `json:"declared_at"`
	ResolvedAt *time.Time     `json:"resolved_at"`
	Countries  []string       `json:"countries"` // that it ever named, sorted
}

func incidentResult(s *Scenario, inc *incident.Incident, events []incident.Event) IncidentResult {
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
		DeclaredAt: moment(inc.Declared), ResolvedAt: moment(inc.Resolved), Countries: slices.Compact(countries),
	}
}
