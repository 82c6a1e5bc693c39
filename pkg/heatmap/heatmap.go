// Package heatmap computes a map of where reports come from: the shade of each
// country, dots for countries that are too small to see, and the places of labels.
// It does no I/O after the embedded map is read. Its callers choose words, colours
// and markup, and show a table with all values beside the map.
//
// Coordinates are in the units of World, which is 1000 wide.
package heatmap

import (
	"slices"
	"strings"

	"github.com/outcry/outcry/pkg/status"
)

// Map is a picture of where reports come from.
type Map struct {
	Width, Height int
	Metric        Metric
	Shapes        []Shape // countries with reports
	Rest          string  // path data of all other land
	Dots          []Dot   // small countries with reports
	Quiet         string  // path data of all other dots, to be drawn with round caps
	Labels        []Label
}

// Shape is a country with reports.
type Shape struct {
	Code  string
	Path  string // SVG path data
	Shade Shade
}

// Dot is a country with reports that is too small to see.
type Dot struct {
	Code  string
	X, Y  float64
	Shade Shade
}

// Draw returns a map of countries by a metric. text returns the label of a country.
// If text is nil, the map has no labels.
func (w *World) Draw(countries []status.Country, m Metric, text func(status.Country) string) Map {
	drawn := Map{Width: w.Width, Height: w.Height, Metric: m}
	shades := make(map[string]Shade, len(countries))
	for _, c := range countries {
		shades[c.Code] = m.Shade(c)
	}
	var rest strings.Builder
	for _, code := range w.codes {
		if shade := shades[code]; shade != NoReports {
			drawn.Shapes = append(drawn.Shapes, Shape{Code: code, Path: w.Paths[code], Shade: shade})
		} else {
			rest.WriteString(w.Paths[code])
		}
	}
	drawn.Rest = rest.String()
	quiet := make(map[string]Point, len(w.Dots))
	for code, at := range w.Dots {
		if shade := shades[code]; shade != NoReports {
			drawn.Dots = append(drawn.Dots, Dot{Code: code, X: at.X, Y: at.Y, Shade: shade})
		} else {
			quiet[code] = at
		}
	}
	slices.SortFunc(drawn.Dots, func(a, b Dot) int { return strings.Compare(a.Code, b.Code) })
	drawn.Quiet = dotPath(quiet)
	if text != nil {
		drawn.Labels = w.placeLabels(Sorted(countries, m), m, text)
	}
	return drawn
}

// Sorted returns countries sorted by a metric, largest first. Countries without a
// value, or with fewer than Few reports, come last, sorted by their reports.
func Sorted(countries []status.Country, m Metric) []status.Country {
	rank := func(c status.Country) float64 {
		if value, ok := m.Of(c); ok && c.Count >= Few {
			return value
		}
		return -1 / float64(c.Count+1)
	}
	return slices.SortedStableFunc(slices.Values(countries), func(a, b status.Country) int {
		switch x, y := rank(a), rank(b); {
		case x > y:
			return -1
		case x < y:
			return 1
		}
		return strings.Compare(a.Code, b.Code)
	})
}
