package web

import (
	"math"
	"time"

	"github.com/outcry/outcry/pkg/status"
)

// Chart is the course of reports against what is usual. Text lies at per cent
// of the drawing; paths lie in a box of 1000 by 1000 that is stretched over it.
type Chart struct {
	Title   string
	Note    string
	Reaches []Choice
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
	Now     *Last
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
	Wide   bool    // only where there is room
	height float64 // of a line, as At
}

// Text is a word laid into the drawing.
type Text struct {
	X, Y, Anchor string
	TextX        string
	Text, Short  string
	Wide         bool    // only where there is room
	height       float64 // as Y
}

// Last is what was counted last: the window that slides with now, as a dot, or
// the last whole step.
type Last struct {
	X, Y  string
	Text  Text
	Above bool
	Dot   bool
}

// Strip is the present level, drawn below the axis for as long as it holds.
type Strip struct {
	Span
	Level string
}

// Figure is a row of the table below a chart.
type Figure struct{ From, Count, Usual, Upper string }

// chart draws the series of a service, which goes back as far as r, whose
// present state is s.
func chart(l *Locale, series status.Series, r reach, s status.Status, scale Scale) *Chart {
	whole := settled(series, s)
	if len(whole.Points) == 0 {
		return nil
	}
	if scale != Tens && scale != Even {
		scale = suits(whole)
	}
	d := newDrawing(whole, scale)
	c := &Chart{Scale: scale, Band: d.band(), Note: l.count("chart_note", minutesOf(series), nil)}
	c.Count, c.Over = d.courses()
	if scale == Tens {
		c.Note = join(c.Note, l.Say("chart_note_tens"))
	}
	for _, n := range d.lines() {
		c.Lines = append(c.Lines, Tick{At: place(d.y(n)), height: d.y(n), Text: l.Number(int64(n))})
	}
	c.Times = d.times(l, r)
	gaps := d.gaps()
	for _, g := range gaps {
		c.Gaps = append(c.Gaps, g.span())
	}
	rose := d.rose()
	c.Mark = d.mark(l, rose)
	c.Usual = d.usual(l, rose)
	c.Now = d.last(l, s)
	c.GapText = gapText(l, gaps, c)
	if troubled(s) && !s.Since.IsZero() {
		to := d.x(d.asOf)
		c.Strip = &Strip{Span: interval{math.Min(d.x(s.Since), to-0.004), to}.span(), Level: look(s)}
	}
	c.Keys = ChartKeys{Over: c.Over != "", Band: c.Band != "", Gap: len(gaps) > 0,
		Warning: c.Strip != nil && c.Strip.Level == "warning", Outage: c.Strip != nil && c.Strip.Level == "outage"}
	c.Title = d.title(l, rose, r)
	if !anyKnown(whole.Points) && series.Points[len(series.Points)-1].Known {
		c.Title = l.Say("chart_begun")
	}
	c.Label = l.count("chart_label", minutesOf(series), words{"Window": l.within(r.length), "Time": l.clock(d.until(d.points[len(d.points)-1])), "Peak": l.Number(d.peak())})
	c.Figures = figures(l, series)
	return c
}

// minutesOf is the step of a series in minutes.
func minutesOf(s status.Series) int64 { return int64(s.Step / time.Minute) }
