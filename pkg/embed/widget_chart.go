package embed

import (
	"context"
	"slices"
	"time"

	"github.com/outcry/outcry/pkg/locale"
	"github.com/outcry/outcry/pkg/status"
	"github.com/outcry/outcry/pkg/view"
)

// WidgetChart is a chart. Texts lie at per cent of the drawing; paths lie in a
// box of 1000 by 1000 that is stretched over it.
type WidgetChart struct {
	Title  string        `json:"title"`
	Note   string        `json:"note"`
	Label  string        `json:"label"`
	Lines  []WidgetTick  `json:"lines"`
	Times  []WidgetTick  `json:"times"`
	Band   string        `json:"band"`
	Count  string        `json:"count"`
	Over   string        `json:"over"`
	Gaps   []WidgetSpan  `json:"gaps"`
	Strips []WidgetLevel `json:"strips"`
	Mark   *WidgetMark   `json:"mark,omitempty"`
	Last   *WidgetLast   `json:"last,omitempty"`
	Keys   []WidgetKey   `json:"keys"`
}

// WidgetTick is a line of the grid or a time below the axis.
type WidgetTick struct {
	At     string `json:"at"`
	Text   string `json:"text"`
	Anchor string `json:"anchor,omitempty"`
	Wide   bool   `json:"wide,omitempty"` // only where there is room
}

// WidgetSpan is a stretch of the drawing.
type WidgetSpan struct {
	X     string `json:"x"`
	Width string `json:"width"`
}

// WidgetLevel is a level, drawn below the axis for the time it held.
type WidgetLevel struct {
	WidgetSpan
	Level string `json:"level"`
}

// WidgetMark is where counts rose above the usual range.
type WidgetMark struct {
	X      string `json:"x"`
	TextX  string `json:"text_x"`
	Y      string `json:"y"`
	Anchor string `json:"anchor"`
	Text   string `json:"text"` // short: there may be little room
}

// WidgetLast labels the newest count.
type WidgetLast struct {
	X     string `json:"x,omitempty"` // of the dot, where there is one
	Y     string `json:"y,omitempty"`
	TextX string `json:"text_x"`
	TextY string `json:"text_y"`
	Text  string `json:"text"`
	Above bool   `json:"above"`
}

// WidgetKey is an entry of the key.
type WidgetKey struct {
	Kind string `json:"kind"` // count, over, band, gap, warning or outage
	Text string `json:"text"`
}

// chartView is view with the chart of reports.
func (s *Embeds) chartView(ctx context.Context, e embedding, r view.Range, now time.Time) (Widget, error) {
	one, err := s.board.Status(ctx, e.service.Slug)
	if err != nil {
		return Widget{}, err
	}
	query := r.Query(now)
	query.Country = e.country
	series, err := s.board.Series(ctx, e.service.Slug, query)
	if err != nil {
		return Widget{}, err
	}
	v := s.view(e, one)
	l := e.to.Locale
	drawn := one
	if e.country != "" {
		drawn = within(one, e.country)
		v.Here = hereOf(l, status.Countries{Window: one.Window, Countries: one.Countries}, e)
	}
	c := view.DrawChart(l, series, r, drawn, "")
	if c == nil {
		return v, nil
	}
	v.Chart = courseView(l, c)
	if e.country != "" {
		v.Chart.Title = e.names.Country(e.country) + " · " + v.Chart.Title
	}
	v.Table = &WidgetTable{Summary: l.Say("figures"), Caption: v.Chart.Title,
		Head: []string{l.Say("figures_from"), l.Say("figures_reports"), l.Say("figures_usual"), l.Say("figures_upper")}, Rows: [][]string{}}
	for _, f := range c.Figures {
		v.Table.Rows = append(v.Table.Rows, []string{f.From, f.Count, f.Usual, f.Upper})
	}
	return v, nil
}

// within returns the status of a service as counted in one country.
func within(s status.Status, country string) status.Status {
	i := slices.IndexFunc(s.Countries, func(c status.Country) bool { return c.Code == country })
	one := status.Country{Code: country}
	if i >= 0 {
		one = s.Countries[i]
	}
	if one.Level != s.Level { // the incident has its times for its own level only
		s.Since, s.Onset = time.Time{}, time.Time{}
	}
	s.Observed, s.Expected, s.Above, s.Level, s.Countries = one.Count, one.Expected, one.Above, one.Level, nil
	return s
}

// courseView returns c as the element gets it.
func courseView(l *locale.Locale, c *view.Chart) *WidgetChart {
	v := &WidgetChart{Title: c.Title, Note: c.Note, Label: c.Label, Band: c.Band, Count: c.Count, Over: c.Over,
		Lines: []WidgetTick{}, Times: []WidgetTick{}, Gaps: []WidgetSpan{}, Strips: []WidgetLevel{}}
	for _, t := range c.Lines {
		v.Lines = append(v.Lines, WidgetTick{At: t.At, Text: t.Text})
	}
	for _, t := range c.Times {
		v.Times = append(v.Times, WidgetTick{t.At, t.Text, t.Anchor, t.Wide})
	}
	for _, g := range c.Gaps {
		v.Gaps = append(v.Gaps, WidgetSpan(g))
	}
	for _, strip := range c.Strips {
		v.Strips = append(v.Strips, WidgetLevel{WidgetSpan{strip.X, strip.Width}, strip.Level})
	}
	if c.Mark != nil {
		v.Mark = &WidgetMark{c.Mark.X, c.Mark.TextX, c.Mark.Y, c.Mark.Anchor, c.Mark.Short}
	}
	if c.Now != nil {
		v.Last = &WidgetLast{TextX: c.Now.Text.X, TextY: c.Now.Text.Y, Text: c.Now.Text.Short, Above: c.Now.Above}
		if c.Now.Dot {
			v.Last.X, v.Last.Y = c.Now.X, c.Now.Y
		}
	}
	v.Keys = []WidgetKey{{"count", l.Say("key_reports")}}
	for _, one := range []struct {
		shown bool
		key   WidgetKey
	}{
		{c.Keys.Over, WidgetKey{"over", l.Say("key_above")}}, {c.Keys.Band, WidgetKey{"band", l.Say("key_band")}}, {c.Keys.Gap, WidgetKey{"gap", l.Say("chart_gap")}},
		{c.Keys.Warning, WidgetKey{"warning", l.Say("key_warning")}}, {c.Keys.Outage, WidgetKey{"outage", l.Say("key_outage")}},
	} {
		if one.shown {
			v.Keys = append(v.Keys, one.key)
		}
	}
	return v
}
