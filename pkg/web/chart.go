package web

import (
	"math"

	"github.com/outcry/outcry/pkg/status"
)

// Chart is the course of reports against what is usual. Text lies at per cent
// of the drawing; paths lie in a box of 1000 by 1000 that is stretched over it.
type Chart struct {
	Title   string
	Note    string
	Scale   Scale
	Scales  []Choice
	Label   string
	Lines   []Tick
	Times   []Tick
	Band    string // path
	Count   string // path
	Over    string // path: where the count is above the usual range
	Gaps    []Span
	GapText *Text
	Usual   *Text
	Mark    *Text // at the first count above usual, while it lasts
	Now     *Dot
	Strip   *Strip
	Figures []Figure
	Keys    ChartKeys
}

// ChartKeys says which entries of the key a chart needs.
type ChartKeys struct{ Over, Band, Gap, Warning, Outage bool }

// Tick is a line of the grid or a time below the axis.
type Tick struct {
	At     string
	Text   string
	Anchor string
	Wide   bool // only where there is room
}

// Text is a word laid into the drawing.
type Text struct {
	X, Y, Anchor string
	TextX        string
	Text, Short  string
}

// Dot is the window that slides with now.
type Dot struct {
	X, Y  string
	Text  Text
	Above bool
}

// Strip is the present level, drawn below the axis for as long as it holds.
type Strip struct {
	Span
	Level string
}

// Figure is a row of the table below a chart.
type Figure struct{ From, Count, Usual, Upper string }

// chart draws the series of a service whose present state is s.
func chart(l *Locale, series status.Series, s status.Status, scale Scale) *Chart {
	if len(series.Points) == 0 {
		return nil
	}
	slid := sliding(series, s.Observed)
	if scale != Tens && scale != Even {
		scale = suits(slid)
	}
	d := newDrawing(slid, scale)
	c := &Chart{Scale: scale, Band: d.band(), Note: l.fill("chart_note", words{"N": l.minutes(series.Step)})}
	c.Count, c.Over = d.courses()
	if scale == Tens {
		c.Note = join(c.Note, l.Say("chart_note_tens"))
	}
	for _, n := range d.lines() {
		c.Lines = append(c.Lines, Tick{At: place(d.y(n)), Text: l.Number(int64(n))})
	}
	c.Times = d.times(l)
	gaps := d.gaps()
	for _, g := range gaps {
		c.Gaps = append(c.Gaps, g.span())
	}
	c.GapText = gapText(l, gaps)
	rose := d.rose()
	c.Mark = d.mark(l, rose)
	c.Usual = d.usual(l, rose)
	c.Now = d.now(l, s)
	if troubled(s) && !s.Since.IsZero() {
		from, to := d.x(s.Since), d.x(d.asOf)
		c.Strip = &Strip{Span: interval{from, math.Max(to, from+0.004)}.span(), Level: look(s)}
	}
	c.Keys = ChartKeys{Over: c.Over != "", Band: c.Band != "", Gap: len(gaps) > 0,
		Warning: c.Strip != nil && c.Strip.Level == "warning", Outage: c.Strip != nil && c.Strip.Level == "outage"}
	c.Title = d.title(l, rose)
	c.Label = l.fill("chart_label", words{"N": l.minutes(series.Step), "Time": l.clock(d.asOf), "Peak": l.Number(d.peak())})
	c.Figures = figures(l, series)
	return c
}
