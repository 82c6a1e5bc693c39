package heatmap

import "github.com/outcry/outcry/pkg/status"

// Metric is what the shades of a map stand for.
type Metric string

// Metrics.
const (
	Reports Metric = "reports" // how many there are
	Usual   Metric = "usual"   // how many times as many as usual
	Million Metric = "million" // per million people
)

// Metrics are all of them; the first is the default.
var Metrics = []Metric{Reports, Usual, Million}

// ParseMetric returns the metric of this name, or the default one.
func ParseMetric(name string) Metric {
	for _, m := range Metrics {
		if string(m) == name {
			return m
		}
	}
	return Metrics[0]
}

// Few is the fewest reports whose number a map shows: with fewer, one household
// could colour a country, and be seen.
const Few = 5

// leastUsual is the smallest number of usual reports that others are compared
// with: where one a week is usual, two are not a thousand times as many.
const leastUsual = 1

// Steps are the values at which the second to fifth shade begin. They are fixed,
// so that maps of different times and services may be compared.
func (m Metric) Steps() [4]float64 {
	switch m {
	case Usual:
		return [4]float64{2, 10, 50, 500}
	case Million:
		return [4]float64{1, 10, 100, 500}
	}
	return [4]float64{100, 1000, 5000, 20000}
}

// Of returns the value of a country, and false where it has none: nothing is
// known of what is usual there, or of how many live there.
func (m Metric) Of(c status.Country) (float64, bool) {
	switch m {
	case Usual:
		return float64(c.Count) / max(c.Expected, leastUsual), c.Expected > 0
	case Million:
		return c.PerMillion, c.PerMillion > 0
	}
	return float64(c.Count), true
}

// Shade is how dark a country is drawn, or that it is hatched.
type Shade int

// Shades. Those from 1 to 5 rise with the value.
const (
	NoReports Shade = 0
	TooFew    Shade = -1 // reports, but fewer than Few, or without a value
)

// Class is the name of s in stylesheets.
func (s Shade) Class() string {
	switch {
	case s == TooFew:
		return "few"
	case s == NoReports:
		return ""
	}
	return "a" + string(rune('0'+s))
}

// Shade returns how a country is drawn.
func (m Metric) Shade(c status.Country) Shade {
	if c.Count == 0 {
		return NoReports
	}
	value, known := m.Of(c)
	if c.Count < Few || !known {
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
