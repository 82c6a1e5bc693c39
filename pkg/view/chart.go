package view

import (
	"time"

	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/locale"
	"github.com/outcry/outcry/pkg/status"
)

// Chart shows the reports of a service over time against their usual range.
// Texts lie at per cent of the drawing. Paths lie in a box of 1000 by 1000 that
// is stretched over it.
type Chart struct {
	Title   string
	Note    string
	Without []Excluded // what the counts are without
	Ranges  []Choice
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
	Mark    *Text // where the trouble that is shown began
	End     *Text // where it was over
	Onsets  []Onset
	Now     *Last
	Strips  []Strip
	Figures []Figure
	Keys    ChartKeys
}

// ChartKeys holds which entries the key of a chart needs.
type ChartKeys struct{ Over, Band, Gap, Warning, Outage bool }

// Tick is a line of the grid or a time below the axis.
type Tick struct {
	At     string
	Text   string
	Anchor string
	Wide   bool    // only where there is room
	height float64 // of a line, as At
}

// Text is a text within a drawing.
type Text struct {
	X, Y, Anchor string
	TextX        string
	Text, Short  string
	Wide         bool    // only where there is room
	height       float64 // as Y
}

// Last labels the newest count: that of the sliding window, drawn as a dot, or
// that of the last complete step.
type Last struct {
	X, Y  string
	Text  Text
	Above bool
	Dot   bool
}

// Strip is a level, drawn below the axis for the time it held.
type Strip struct {
	Span
	Level string
}

// Onset marks the onset of an incident.
type Onset struct{ X, Title string }

// Figure is a row of the table below a chart.
type Figure struct{ From, Count, Usual, Upper string }

// DrawChart draws the series of a service over the range r. s is the present
// status of the service, and incidents are those within the range. It returns
// nil for a series without a complete step.
func DrawChart(l *locale.Locale, series status.Series, r Range, s status.Status, scale Scale, incidents ...incident.Incident) *Chart {
	whole := settled(series, s)
	if len(whole.Points) == 0 {
		return nil
	}
	d, c := drawPlainChart(l, series, whole, r, scale)
	rose := d.riseIndex()
	c.Mark = d.beginMark(l, rose, s)
	c.Usual = d.bandLabel(l, rose)
	c.Now = d.lastCount(l, s)
	c.drawGaps(l, d)
	c.Strips = d.strips(incidents)
	c.Onsets = d.onsets(l, incidents)
	if len(c.Strips) == 0 && InTrouble(s) && !Began(s).IsZero() {
		c.Strips = append(c.Strips, d.strip(Began(s), d.asOf, Look(s)))
	}
	c.chooseKeys()
	c.Title = d.title(l, rose, r, s)
	if !AnyCounted(whole.Points) && series.Points[len(series.Points)-1].Known {
		c.Title = l.Say("chart_begun")
	}
	return c
}

// drawPlainChart draws what all charts have in common. complete is the series
// without its running step.
func drawPlainChart(l *locale.Locale, series, whole status.Series, r Range, scale Scale) (drawing, *Chart) {
	if scale != Tens && scale != Even {
		scale = bestScale(whole)
	}
	d := newDrawing(whole, scale)
	c := &Chart{Scale: scale, Band: d.band(), Note: l.Count("chart_note", minutesOf(series), nil)}
	c.Count, c.Over = d.courses()
	if scale == Tens {
		c.Note = locale.Join(c.Note, l.Say("chart_note_tens"))
	}
	for _, n := range d.lines() {
		c.Lines = append(c.Lines, Tick{At: percent(d.y(n)), height: d.y(n), Text: l.Number(int64(n))})
	}
	c.Times = d.times(l, r)
	c.Label = l.Count("chart_label", minutesOf(series), locale.Values{"Window": l.InLast(r.Length), "Time": l.Time(d.until(d.points[len(d.points)-1])), "Peak": l.Number(d.peak())})
	c.Figures = figures(l, series)
	return d, c
}

// drawGaps draws the gaps of c and labels the widest, clear of all other texts.
func (c *Chart) drawGaps(l *locale.Locale, d drawing) {
	gaps := d.gaps()
	for _, g := range gaps {
		c.Gaps = append(c.Gaps, g.span())
	}
	c.GapText = gapText(l, gaps, c)
}

// chooseKeys chooses the entries of the key.
func (c *Chart) chooseKeys() {
	c.Keys = ChartKeys{Over: c.Over != "", Band: c.Band != "", Gap: len(c.Gaps) > 0}
	for _, s := range c.Strips {
		c.Keys.Warning = c.Keys.Warning || s.Level == "warning"
		c.Keys.Outage = c.Keys.Outage || s.Level == "outage"
	}
}

// minutesOf returns the step of a series in minutes.
func minutesOf(s status.Series) int64 { return int64(s.Step / time.Minute) }
