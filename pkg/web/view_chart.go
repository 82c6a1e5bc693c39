package web

import (
	"context"
	"slices"
	"time"

	"github.com/outcry/outcry/pkg/locale"
	"github.com/outcry/outcry/pkg/status"
)

// ChartView is the course of reports. Text lies at per cent of the drawing;
// paths lie in a box of 1000 by 1000 that is stretched over it.
type ChartView struct {
	Title  string      `json:"title"`
	Note   string      `json:"note"`
	Label  string      `json:"label"`
	Lines  []TickView  `json:"lines"`
	Times  []TickView  `json:"times"`
	Band   string      `json:"band"`
	Count  string      `json:"count"`
	Over   string      `json:"over"`
	Gaps   []SpanView  `json:"gaps"`
	Strips []StripView `json:"strips"`
	Mark   *MarkView   `json:"mark,omitempty"`
	Last   *LastView   `json:"last,omitempty"`
	Keys   []KeyView   `json:"keys"`
}

// TickView is a line of the grid or a time below the axis.
type TickView struct {
	At     string `json:"at"`
	Text   string `json:"text"`
	Anchor string `json:"anchor,omitempty"`
	Wide   bool   `json:"wide,omitempty"` // only where there is room
}

// SpanView is a stretch of the drawing.
type SpanView struct {
	X     string `json:"x"`
	Width string `json:"width"`
}

// StripView is a level, drawn below the axis for as long as it held.
type StripView struct {
	SpanView
	Level string `json:"level"`
}

// MarkView is where trouble began.
type MarkView struct {
	X      string `json:"x"`
	TextX  string `json:"text_x"`
	Y      string `json:"y"`
	Anchor string `json:"anchor"`
	Text   string `json:"text"` // short: there may be little room
}

// LastView is what was counted last.
type LastView struct {
	X     string `json:"x,omitempty"` // of the dot, where there is one
	Y     string `json:"y,omitempty"`
	TextX string `json:"text_x"`
	TextY string `json:"text_y"`
	Text  string `json:"text"`
	Above bool   `json:"above"`
}

// KeyView is an entry of the key.
type KeyView struct {
	Kind string `json:"kind"` // count, over, band, gap, warning or outage
	Text string `json:"text"`
}

// chartView is view with the course of reports.
func (s *Site) chartView(ctx context.Context, e embedding, r reach, home string, now time.Time) (View, error) {
	one, err := s.Board.Status(ctx, e.service.Slug)
	if err != nil {
		return View{}, err
	}
	query := r.query(now)
	query.Country = e.country
	series, err := s.Board.Series(ctx, e.service.Slug, query)
	if err != nil {
		return View{}, err
	}
	v := s.view(e, one, home)
	l := e.to.locale
	drawn := one
	if e.country != "" {
		drawn = within(one, e.country)
		v.Here = here(l, status.Countries{Window: one.Window, Countries: one.Countries}, e)
	}
	c := chart(l, series, r, drawn, "")
	if c == nil {
		return v, nil
	}
	v.Chart = courseView(l, c)
	if e.country != "" {
		v.Chart.Title = e.names.country(e.country) + " · " + v.Chart.Title
	}
	v.Table = &TableView{Summary: l.Say("figures"), Caption: v.Chart.Title,
		Head: []string{l.Say("figures_from"), l.Say("figures_reports"), l.Say("figures_usual"), l.Say("figures_upper")}, Rows: [][]string{}}
	for _, f := range c.Figures {
		v.Table.Rows = append(v.Table.Rows, []string{f.From, f.Count, f.Usual, f.Upper})
	}
	return v, nil
}

// within is the state of a service as one country sees it.
func within(s status.Status, country string) status.Status {
	i := slices.IndexFunc(s.Countries, func(c status.Country) bool { return c.Code == country })
	one := status.Country{Code: country}
	if i >= 0 {
		one = s.Countries[i]
	}
	if one.Level != s.Level {
		s.Since = time.Time{} // which the incident has for its own level only
	}
	s.Observed, s.Expected, s.Level, s.Countries = one.Count, one.Expected, one.Level, nil
	return s
}

// courseView is c as the element gets it.
func courseView(l *locale.Locale, c *Chart) *ChartView {
	v := &ChartView{Title: c.Title, Note: c.Note, Label: c.Label, Band: c.Band, Count: c.Count, Over: c.Over,
		Lines: []TickView{}, Times: []TickView{}, Gaps: []SpanView{}, Strips: []StripView{}}
	for _, t := range c.Lines {
		v.Lines = append(v.Lines, TickView{At: t.At, Text: t.Text})
	}
	for _, t := range c.Times {
		v.Times = append(v.Times, TickView{t.At, t.Text, t.Anchor, t.Wide})
	}
	for _, g := range c.Gaps {
		v.Gaps = append(v.Gaps, SpanView(g))
	}
	for _, strip := range c.Strips {
		v.Strips = append(v.Strips, StripView{SpanView{strip.X, strip.Width}, strip.Level})
	}
	if c.Mark != nil {
		v.Mark = &MarkView{c.Mark.X, c.Mark.TextX, c.Mark.Y, c.Mark.Anchor, c.Mark.Short}
	}
	if c.Now != nil {
		v.Last = &LastView{TextX: c.Now.Text.X, TextY: c.Now.Text.Y, Text: c.Now.Text.Short, Above: c.Now.Above}
		if c.Now.Dot {
			v.Last.X, v.Last.Y = c.Now.X, c.Now.Y
		}
	}
	v.Keys = []KeyView{{"count", l.Say("key_reports")}}
	for _, one := range []struct {
		shown bool
		key   KeyView
	}{
		{c.Keys.Over, KeyView{"over", l.Say("key_above")}}, {c.Keys.Band, KeyView{"band", l.Say("key_band")}}, {c.Keys.Gap, KeyView{"gap", l.Say("chart_gap")}},
		{c.Keys.Warning, KeyView{"warning", l.Say("key_warning")}}, {c.Keys.Outage, KeyView{"outage", l.Say("key_outage")}},
	} {
		if one.shown {
			v.Keys = append(v.Keys, one.key)
		}
	}
	return v
}
