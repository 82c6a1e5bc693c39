package heatmap

import "github.com/outcry/outcry/pkg/status"

// Metric is the value that the shades of a map show.
type Metric string

// The metrics.
const (
	Reports Metric = "reports" // number of reports
	Usual   Metric = "usual"   // number of reports divided by the expected number
	Million Metric = "million" // reports per million people
)

// Metrics lists all metrics. The first is the default.
var Metrics = []Metric{Reports, Usual, Million}

// ParseMetric returns the metric with this name, or the default one.
func ParseMetric(name string) Metric {
	for _, m := range Metrics {
		if string(m) == name {
			return m
		}
	}
	return Metrics[0]
}

// Few is the fewest reports of a country that get a shade from 1 to 5. With fewer,
// one household could colour a country and be recognized.
const Few = 5

// minExpected is the smallest number of expected reports to divide by. Without it,
// two reports where one a week is expected would be a ratio of thousands.
const minExpected = 1

// Steps returns the values at which the second to the fifth shade begin. They are
// fixed, so that maps of different times and services can be compared.
func (m Metric) Steps() [4]float64 {
	switch m {
	case Usual:
		return [4]float64{2, 10, 50, 500}
	case Million:
		return [4]float64{1, 10, 100, 500}
	}
	return [4]float64{100, 1000, 5000, 20000}
}

// Of returns the value of a country. It returns false if the baseline or the
// population that the metric needs is unknown.
func (m Metric) Of(c status.Country) (value float64, ok bool) {
	switch m {
	case Usual:
		return float64(c.Count) / max(c.Expected, minExpected), c.Expected > 0
	case Million:
		return c.PerMillion, c.PerMillion > 0
	}
	return float64(c.Count), true
}

// Shade is how a country is drawn: blank, hatched, or one of five colours.
type Shade int

// Shades other than 1 to 5, which grow with the value.
const (
	NoReports Shade = 0
	TooFew    Shade = -1 // fewer reports than Few, or no value; drawn hatched
)

// Class returns the class name of s in stylesheets.
func (s Shade) Class() string {
	switch {
	case s == TooFew:
		return "few"
	case s == NoReports:
		return ""
	}
	return "a" + string(rune('0'+s))
}

// Shade returns the shade of a country.
func (m Metric) Shade(c status.Country) Shade {
	if c.Count == 0 {
		return NoReports
	}
	value, ok := m.Of(c)
	if c.Count < Few || !ok {
		return TooFew
	}
	shade := Shade(1)
	for _, step := range m.Steps() {
		if value >= step {
			shade++
		}
	}
	return shade
}
