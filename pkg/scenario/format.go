package scenario

import "time"

// Bounds of the values in a file. A typing error gives an error and not a
// replay of weeks.
const (
	maxLength  = 31 * 24 * time.Hour
	maxWeeks   = 8
	maxRate    = 1e6  // reports per 15 minutes of one country
	maxTimes   = 1000 // multiple of the quiet rate
	maxPresses = 1e5  // presses of a brigade per minute
	maxDevices = 1e5
)

// fileScenario is the layout of a scenario file. Times are RFC 3339, or HH:MM
// for the first such time at or after the start. Splits are in per cent.
type fileScenario struct {
	Name           string        `yaml:"name"`
	Extends        string        `yaml:"extends"`
	Title          string        `yaml:"title"`
	Source         string        `yaml:"source"`
	Notes          []string      `yaml:"notes"`
	Start          string        `yaml:"start"`
	End            string        `yaml:"end"`
	HistoryWeeks   int           `yaml:"history_weeks"`
	Expect         string        `yaml:"expect"`
	DeclaredWithin string        `yaml:"declared_within"`
	Services       []fileService `yaml:"services"`
	Brigades       []fileBrigade `yaml:"brigades"`
	Press          []filePress   `yaml:"press"`
}

type fileService struct {
	Service    string             `yaml:"service"`
	Role       string             `yaml:"role"`
	Onset      string             `yaml:"onset"`
	Where      []string           `yaml:"where"`
	Rhythm     string             `yaml:"rhythm"`
	Dispersion float64            `yaml:"dispersion"`
	Quiet      map[string]float64 `yaml:"quiet"`
	Split      map[string]float64 `yaml:"split"`
	Surges     []fileSurge        `yaml:"surges"`
}

type fileSurge struct {
	What      string                        `yaml:"what"`
	Times     float64                       `yaml:"times"`
	Countries []string                      `yaml:"countries"`
	Reports   map[string]float64            `yaml:"reports"`
	Shape     map[string]float64            `yaml:"shape"`
	Split     map[string]float64            `yaml:"split"`
	Splits    map[string]map[string]float64 `yaml:"splits"`
}

type fileBrigade struct {
	What      string   `yaml:"what"`
	Service   string   `yaml:"service"`
	Country   string   `yaml:"country"`
	Symptom   string   `yaml:"symptom"`
	From      string   `yaml:"from"`
	To        string   `yaml:"to"`
	Networks  []string `yaml:"networks"`
	Addresses int      `yaml:"addresses"`
	Devices   int      `yaml:"devices"`
	PerMinute float64  `yaml:"per_minute"`
}

type filePress struct {
	What     string   `yaml:"what"`
	Services []string `yaml:"services"`
	Country  string   `yaml:"country"`
	Symptom  string   `yaml:"symptom"`
	Window   string   `yaml:"window"`
	AsOf     string   `yaml:"as_of"`
	Count    float64  `yaml:"count"`
	Share    float64  `yaml:"share"`
	Within   string   `yaml:"within"`
	Replayed *bool    `yaml:"replayed"`
	Note     string   `yaml:"note"`
}
