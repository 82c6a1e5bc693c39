package view

import (
	"net/url"
	"slices"
	"time"

	"github.com/outcry/outcry/pkg/heatmap"
	"github.com/outcry/outcry/pkg/locale"
	"github.com/outcry/outcry/pkg/window"
)

// Choices are what a visitor chooses on the page of a service.
type Choices struct {
	Range  Range // none: what suits
	Scale  Scale // empty: what suits
	Window time.Duration
	Metric heatmap.Metric
}

// windowsOffered are the windows of the shares of symptoms and of countries.
var windowsOffered = []time.Duration{15 * time.Minute, time.Hour, 24 * time.Hour}

// ParseChoices reads the choices from a query. A value that is missing or
// unknown gets its default.
func ParseChoices(q url.Values) Choices {
	c := Choices{Range: ParseRange(q.Get("range")), Scale: Scale(q.Get("scale")), Window: window.Default, Metric: heatmap.ParseMetric(q.Get("metric"))}
	if c.Scale != Tens && c.Scale != Even {
		c.Scale = ""
	}
	if w, err := window.Parse(q.Get("window")); err == nil && slices.Contains(windowsOffered, w) {
		c.Window = w
	}
	return c
}

// Query returns the choices as a query without defaults.
func (c Choices) Query() url.Values {
	q := url.Values{}
	if c.Range != (Range{}) {
		q.Set("range", window.Name(c.Range.Length))
	}
	if c.Scale != "" {
		q.Set("scale", string(c.Scale))
	}
	if c.Window != window.Default {
		q.Set("window", window.Name(c.Window))
	}
	if c.Metric != heatmap.Metrics[0] {
		q.Set("metric", string(c.Metric))
	}
	return q
}

// metricQuery returns the value of a metric in a query, which is empty for the
// default.
func metricQuery(m heatmap.Metric) string {
	if m == heatmap.Metrics[0] {
		return ""
	}
	return string(m)
}

// rangeChoices returns the switch between the ranges of a chart.
func rangeChoices(l *locale.Locale, path string, c Choices, now Range) []Choice {
	var all []Choice
	for _, r := range ChartRanges {
		all = append(all, Choice{Text: l.ShortWindow(r.Length), Href: withQuery(path, c.Query(), "range", window.Name(r.Length)) + "#course", Chosen: r == now})
	}
	return all
}

// scaleChoices returns the switch between the scales of a chart.
func scaleChoices(l *locale.Locale, path string, c Choices, now Scale) []Choice {
	return []Choice{
		{Text: l.Say("chart_tens"), Href: withQuery(path, c.Query(), "scale", string(Tens)) + "#course", Chosen: now == Tens},
		{Text: l.Say("chart_even"), Href: withQuery(path, c.Query(), "scale", string(Even)) + "#course", Chosen: now == Even},
	}
}

// windowChoices returns the switch between the windows of the section with this
// ID.
func windowChoices(l *locale.Locale, path string, c Choices, id string) []Choice {
	var all []Choice
	for _, w := range windowsOffered {
		value := window.Name(w)
		if w == window.Default {
			value = ""
		}
		all = append(all, Choice{Text: l.ShortWindow(w), Href: withQuery(path, c.Query(), "window", value) + "#" + id, Chosen: w == c.Window})
	}
	return all
}

// Choice is a link of a switch.
type Choice struct {
	Text   string
	Href   string
	Chosen bool
}

// withQuery returns path with the query q in which key has a value, or none if
// value is empty.
func withQuery(path string, q url.Values, key, value string) string {
	next := url.Values{}
	for k, v := range q {
		next[k] = v
	}
	if value == "" {
		next.Del(key)
	} else {
		next.Set(key, value)
	}
	if len(next) == 0 {
		return path
	}
	return path + "?" + next.Encode()
}
