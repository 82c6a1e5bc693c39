// Package scenario replays outages as streams of reports.
//
// A scenario is a YAML file. It names services and how often people report them
// on a quiet day, the surges that an outage adds, and the figures that the press
// printed. From the file and a seed the package draws the history as hourly
// rollups and the submissions of the replay minute by minute. At the time of
// each printed figure the replay must reach it. Everything is simulated to the
// printed figures: no per-minute counts of these outages are public, and every
// result says so.
//
// The package has no clock, store or detector. The caller of a replay passes
// the submissions through the real ingest and their outcomes to a Run.
//
// Rates are reports per 15 minutes. Times are UTC and full minutes.
package scenario

import (
	"embed"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/textfile"
	"github.com/outcry/outcry/pkg/window"
)

// MaxReports is the largest number of reports in the replay of an embedded
// scenario.
const MaxReports = 2_000_000

// DefaultSeed is the seed of a replay when none is given.
const DefaultSeed = 1

// Expect is the outcome that a replay must have.
type Expect string

// All expectations.
const (
	Declared         Expect = "declared"          // each story service confirmed and resolved, and no other confirmed
	NothingConfirmed Expect = "nothing confirmed" // incidents may be suspected, but none is confirmed
	NoIncident       Expect = "no incident"       // no incident at all
)

// Role is the part that a service plays.
type Role string

// All roles.
const (
	Story   Role = "story"   // a service that failed
	Echo    Role = "echo"    // a service that is reported more, though nothing is wrong with it
	Control Role = "control" // a service that is reported as on a quiet day
)

// Scenario is a checked scenario file. It does not change, so any number of
// goroutines may read it.
type Scenario struct {
	Name           string
	Title          string
	Source         string   // who printed the figures
	Notes          []string // what the file simplifies
	Start, End     time.Time
	Weeks          int // of history before Start
	Expect         Expect
	DeclaredWithin time.Duration // longest time from onset to declaration; 0 sets no limit
	Services       []Service
	Brigades       []Brigade
	Press          []Figure
}

// Service is one service and how it is reported.
type Service struct {
	Slug   string
	Role   Role
	Onset  time.Time // zero unless the service has the role Story
	Where  []string  // countries that its incident must name
	Rhythm Rhythm
	// Dispersion is the variance of the quiet level of a quarter of an hour
	// beyond that of Poisson counts, divided by the squared mean.
	Dispersion float64
	Quiet      []Rate // by country code
	Split      Split
	Surges     []Surge
}

// Rate is the rate of reports from one country.
type Rate struct {
	Country    string
	PerQuarter float64 // reports per 15 minutes
}

// Split divides reports by symptom. Shares are above 0 and sum to 1.
type Split []Part

// Part is the share of one symptom.
type Part struct {
	Symptom string
	Share   float64
}

// Surge is a stretch of reports above the quiet rate.
type Surge struct {
	What string
	// Times multiplies the quiet rate where the shape is 1. It is 0 when the
	// surge states Rates.
	Times float64
	// Rates are added to the quiet rates where the shape is 1, sorted by country
	// code. With Times they only name the countries; empty means all.
	Rates []Rate
	Shape []Level      // sorted by time; outside of it the surge adds nothing
	Moves []SplitPoint // sorted by time; empty means the split of the service
}

// Level is one control point of a shape. Between two points the level is linear.
type Level struct {
	At    time.Time
	Level float64
}

// SplitPoint is a split at a time. Between two points every share is linear.
type SplitPoint struct {
	At    time.Time
	Split Split
}

// Figure is one number that the press printed.
type Figure struct {
	What     string
	Replayed bool     // whether the replay must reach it; if not, Note says why
	Services []string // slugs; their reports are added up
	Country  string   // empty means all
	// Symptom is set when the press printed a share. Printed is then the share
	// in [0, 1] that the symptom has of the window. Otherwise it is a count.
	Symptom string
	Window  time.Duration // ends at AsOf, exclusive
	AsOf    time.Time
	Printed float64
	Within  float64 // largest allowed difference from Printed
	Points  bool    // whether Within is absolute; otherwise it is relative to Printed
	Note    string
}

//go:embed *.yaml
var files embed.FS

// Names returns the names of the embedded scenarios, sorted.
func Names() []string {
	entries, err := files.ReadDir(".")
	if err != nil {
		panic(fmt.Sprintf("scenario: embedded files: %v", err)) // cannot happen: they are compiled in
	}
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".yaml"))
	}
	slices.Sort(names)
	return names
}

// Load returns the embedded scenario with this name. A name that has a slash or
// ends in .yaml is the path of a file.
func Load(name string) (*Scenario, error) {
	if strings.ContainsRune(name, '/') || path.Ext(name) == ".yaml" {
		data, err := textfile.Read(name)
		if err != nil {
			return nil, fmt.Errorf("read scenario: %w", err)
		}
		return Parse(name, data)
	}
	data, err := files.ReadFile(name + ".yaml")
	if err != nil {
		return nil, fmt.Errorf("there is no scenario %q; there are %s, or name a .yaml file", name, strings.Join(Names(), ", "))
	}
	return Parse(name+".yaml", data)
}

// Minutes returns the length of the replay in minutes.
func (s *Scenario) Minutes() int { return int(window.Minutes(s.End.Sub(s.Start))) }

// Check returns an error if any report of s is not valid under rules.
func (s *Scenario) Check(rules report.Rules) error {
	check := func(service, country, symptom string) error {
		_, err := report.Validate(report.Submission{Service: service, Country: country, Symptom: symptom}, rules, s.Start)
		if err != nil {
			return fmt.Errorf("scenario %s: %s, %s, %s: %w", s.Name, service, country, symptom, err)
		}
		return nil
	}
	for i := range s.Services {
		sv := &s.Services[i]
		for _, sp := range sv.splits() {
			for _, part := range sp {
				if err := check(sv.Slug, "", part.Symptom); err != nil {
					return err
				}
			}
		}
		for _, country := range sv.countries() {
			if err := check(sv.Slug, country, sv.Split[0].Symptom); err != nil {
				return err
			}
		}
	}
	for _, b := range s.Brigades {
		if err := check(b.Service, b.Country, b.Symptom); err != nil {
			return err
		}
	}
	return nil
}

// splits returns every split of the service.
func (sv *Service) splits() []Split {
	all := []Split{sv.Split}
	for _, sg := range sv.Surges {
		for _, m := range sg.Moves {
			all = append(all, m.Split)
		}
	}
	return all
}

// countries returns the codes of all countries that report the service, sorted.
func (sv *Service) countries() []string {
	var codes []string
	for _, r := range sv.Quiet {
		codes = append(codes, r.Country)
	}
	for _, sg := range sv.Surges {
		for _, r := range sg.Rates {
			codes = append(codes, r.Country)
		}
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

// quietRate returns the quiet rate of a country, or 0 when it has none.
func (sv *Service) quietRate(country string) float64 {
	for _, r := range sv.Quiet {
		if r.Country == country {
			return r.PerQuarter
		}
	}
	return 0
}
