// Package scenario replays outages as streams of reports.
//
// A scenario is a YAML file: which services people report how often when all
// is well, where an outage adds to that, and what the press printed of it. From
// the file and a seed come the weeks before (as rollups), the submissions of the
// replay minute by minute, and the figures that must be found again at their
// time. Everything is simulated to the printed figures: no per-minute counts of
// these outages are public, and every result says so.
//
// The package holds no clock, store or detector. Whoever runs a replay passes
// the submissions through the real ingest and gives the counts back to a Run.
//
// Rates are reports per 15 minutes; times are UTC and full minutes.
package scenario

import (
	"embed"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// MaxReports is how many reports an embedded story may replay.
const MaxReports = 2_000_000

// DefaultSeed is the seed of a replay that names none.
const DefaultSeed = 1

// Expect says what a replay must end in.
type Expect string

const (
	Declared         Expect = "declared"          // each story service confirmed and resolved, and no other confirmed
	NothingConfirmed Expect = "nothing confirmed" // incidents may be suspected, none confirmed
	NoIncident       Expect = "no incident"       // none at all
)

// Role is the part that a service plays.
type Role string

const (
	Story   Role = "story"   // the service that failed
	Echo    Role = "echo"    // reported a little, though nothing was wrong with it
	Control Role = "control" // as on any day
)

// Scenario is a checked scenario file. It does not change and may be read from
// any number of goroutines.
type Scenario struct {
	Name           string
	Title          string
	Source         string   // who printed the figures
	Notes          []string // what the file simplifies
	Start, End     time.Time
	Weeks          int // of history before Start
	Expect         Expect
	DeclaredWithin time.Duration // of the onset; 0 asks for no promptness
	Services       []Service
	Brigades       []Brigade
	Press          []Figure
}

// Service is one service and how it is reported.
type Service struct {
	Slug   string
	Role   Role
	Onset  time.Time // for a story service, zero otherwise
	Where  []string  // countries that its incident must name
	Rhythm Rhythm
	// Dispersion is the variance of the quiet level of a quarter of an hour, as
	// a share of its squared mean, over what chance alone gives.
	Dispersion float64
	Quiet      []Rate // by country code
	Split      Split
	Surges     []Surge
}

// Rate is how many reports per 15 minutes come from a country.
type Rate struct {
	Country string
	PerQ    float64
}

// Split is how reports divide by symptom; parts are above 0 and sum to 1.
type Split []Part

// Part is the part of one symptom.
type Part struct {
	Symptom string
	Share   float64
}

// Surge is a stretch of reports above the quiet rate.
type Surge struct {
	What string
	// Times multiplies the quiet rate where the shape is 1; 0 when the surge
	// states Rates instead.
	Times float64
	// Rates are reports above the quiet ones where the shape is 1, by country
	// code; with Times they name the countries only, and none means all.
	Rates []Rate
	Shape []Level      // by time; outside of it the surge adds nothing
	Moves []SplitPoint // by time; none: the split of the service
}

// Level is one control point of a shape; between two the level is linear.
type Level struct {
	At    time.Time
	Level float64
}

// SplitPoint is a split at a time; between two every part moves evenly.
type SplitPoint struct {
	At    time.Time
	Split Split
}

// Figure is one number that the press printed.
type Figure struct {
	What     string
	Replayed bool     // false: printed as not replayed, with a note
	Services []string // slugs, added up
	Country  string   // empty: all
	// Symptom is set when a share was printed: Printed is then that symptom's
	// part in [0, 1] of the window, otherwise a count.
	Symptom string
	Window  time.Duration // ends at AsOf, exclusively
	AsOf    time.Time
	Printed float64
	Within  float64 // how far off a measurement may be
	Points  bool    // Within is absolute, otherwise relative to Printed
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

// Load returns the embedded scenario of this name, or reads the file when name
// has a slash or ends in .yaml.
func Load(name string) (*Scenario, error) {
	if strings.ContainsRune(name, '/') || path.Ext(name) == ".yaml" {
		data, err := os.ReadFile(name)
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

// Minutes returns how many minutes the replay has.
func (s *Scenario) Minutes() int { return int(window.Minutes(s.End.Sub(s.Start))) }

// Check returns an error if a report of s would not be valid under rules.
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

// quiet returns the quiet rate of a country, 0 when there is none.
func (sv *Service) quiet(country string) float64 {
	for _, r := range sv.Quiet {
		if r.Country == country {
			return r.PerQ
		}
	}
	return 0
}
