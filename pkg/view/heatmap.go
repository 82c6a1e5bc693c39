package view

import (
	"strings"

	"github.com/outcry/outcry/pkg/heatmap"
	"github.com/outcry/outcry/pkg/locale"
	"github.com/outcry/outcry/pkg/status"
)

// Heatmap is the map of where reports come from. A table beside it holds the
// same figures for visitors who cannot see it.
type Heatmap struct {
	heatmap.Map
	Words   *locale.Locale
	Label   string // what the picture shows
	Sprite  string // address of the file that holds the outlines; empty: the map holds them itself
	Texts   []Text
	Ramp    []Step
	Metrics []Choice // the switch between metrics, where there is one
	Keys    HeatKeys
	Source  string // of populations, where they matter
}

// Step is a shade of the map and the smallest value that has it.
type Step struct{ Class, Text string }

// HeatKeys holds which entries the key of a map needs besides its shades.
type HeatKeys struct{ Few, Small bool }

// DrawHeatmap shades countries by a metric of their reports. sprite is the
// address of the file with the outlines; if it is empty, the map holds them
// itself.
func DrawHeatmap(l *locale.Locale, c status.Countries, m heatmap.Metric, names Labels, sprite string) *Heatmap {
	v := &Heatmap{Words: l, Sprite: sprite, Ramp: ramp(l, m)}
	v.Map = heatmap.Earth().Draw(c.Countries, m, func(one status.Country) string {
		return names.Country(one.Code) + " " + measure(l, one, m)
	})
	v.Label = l.Fill("map_label", locale.Values{"Window": l.InLast(c.Window), "Countries": largest(l, c, m, names)})
	for _, label := range v.Labels {
		v.Texts = append(v.Texts, Text{X: percent(100 * label.X / float64(v.Width)), Y: percent(100 * label.Y / float64(v.Height)),
			Anchor: label.Anchor, Text: label.Text})
	}
	for _, shape := range v.Shapes {
		v.Keys.Few = v.Keys.Few || shape.Shade == heatmap.TooFew
	}
	for _, dot := range v.Dots {
		v.Keys.Few, v.Keys.Small = v.Keys.Few || dot.Shade == heatmap.TooFew, true
	}
	if m == heatmap.Million {
		v.Source = l.Say("map_population")
	}
	return v
}

// largest names the countries with the highest values.
func largest(l *locale.Locale, c status.Countries, m heatmap.Metric, names Labels) string {
	var all []string
	for _, one := range heatmap.Sorted(c.Countries, m) {
		if len(all) < maxNamed && heatmap.Earth().Has(one.Code) && m.Shade(one) > 0 {
			all = append(all, names.Country(one.Code)+" "+measure(l, one, m))
		}
	}
	if len(all) == 0 {
		return l.Say("map_nothing")
	}
	return strings.Join(all, l.Say("list_comma"))
}

// maxNamed bounds the countries named in the label of a map.
const maxNamed = 5

// measure writes the value of a country by a metric, or locale.NoFigure.
func measure(l *locale.Locale, c status.Country, m heatmap.Metric) string {
	switch m {
	case heatmap.Usual:
		return l.TimesExpected(c.Count, c.Expected)
	case heatmap.Million:
		return l.PerMillion(c.PerMillion)
	}
	return l.Number(c.Count)
}

// ramp words the shades of a metric.
func ramp(l *locale.Locale, m heatmap.Metric) []Step {
	bounds := m.Steps()
	write := func(n float64) string {
		if m == heatmap.Usual {
			return l.Fill("times", locale.Values{"N": l.Number(int64(n))})
		}
		return l.Number(int64(n))
	}
	first := l.Fill("map_below", locale.Values{"N": write(bounds[0])})
	if m == heatmap.Reports {
		first = l.Fill("map_between", locale.Values{"From": l.Number(heatmap.Few), "To": l.Number(int64(bounds[0]) - 1)})
	}
	all := []Step{{heatmap.Shade(1).Class(), first}}
	for i, n := range bounds {
		all = append(all, Step{heatmap.Shade(i + 2).Class(), l.Fill("map_from", locale.Values{"N": write(n)})})
	}
	return all
}

// MetricChoices returns the switch between metrics. link returns the address of
// the page with one of them.
func MetricChoices(l *locale.Locale, now heatmap.Metric, link func(heatmap.Metric) string) []Choice {
	text := map[heatmap.Metric]string{
		heatmap.Reports: l.Say("metric_reports"), heatmap.Usual: l.Say("metric_usual"), heatmap.Million: l.Say("metric_million"),
	}
	var all []Choice
	for _, m := range heatmap.Metrics {
		all = append(all, Choice{Text: text[m], Href: link(m), Chosen: m == now})
	}
	return all
}
