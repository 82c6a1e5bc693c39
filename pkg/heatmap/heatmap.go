// Package heatmap makes a picture of where reports come from: which country has
// which shade, which are so small that they are dots, and what is written where.
// It is pure arithmetic. Words, colours and markup are those of who draws it;
// beside every picture stands a table.
//
// Places are in the units of World, whose width is 1000.
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
	Quiet         string  // path data of all other dots: to be drawn with round caps
	Labels        []Label
}

// Shape is a country with reports.
type Shape struct {
	Code  string
	Path  string // path data
	Shade Shade
}

// Dot is a country with reports that is too small to be seen.
type Dot struct {
	Code  string
	X, Y  float64
	Shade Shade
}

// Draw makes the picture of countries by a metric. text returns what is written
// at a country that stands out; nil: nothing is written.
func (w *World) Draw(countries []status.Country, m Metric, text func(status.Country) string) Map {
	v := Map{Width: w.Width, Height: w.Height, Metric: m}
	shades := make(map[string]Shade, len(countries))
	for _, c := range countries {
		shades[c.Code] = m.Shade(c)
	}
	var rest strings.Builder
	for _, code := range w.codes {
		if shade := shades[code]; shade != NoReports {
			v.Shapes = append(v.Shapes, Shape{Code: code, Path: w.Paths[code], Shade: shade})
		} else {
			rest.WriteString(w.Paths[code])
		}
	}
	v.Rest = rest.String()
	quiet := make(map[string]Point, len(w.Dots))
	for code, at := range w.Dots {
		if shade := shades[code]; shade != NoReports {
			v.Dots = append(v.Dots, Dot{Code: code, X: at.X, Y: at.Y, Shade: shade})
		} else {
			quiet[code] = at
		}
	}
	slices.SortFunc(v.Dots, func(a, b Dot) int { return strings.Compare(a.Code, b.Code) })
	v.Quiet = points(quiet)
	if text != nil {
		v.Labels = w.labels(Sorted(countries, m), m, text)
	}
	return v
}

// Sorted returns countries by a metric, largest first. Those without a value,
// or with fewer reports than have one, are last, by their number.
func Sorted(countries []status.Country, m Metric) []status.Country {
	rank := func(c status.Country) float64 {
		if value, known := m.Of(c); known && c.Count >= Few {
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
