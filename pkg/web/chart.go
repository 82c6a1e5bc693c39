package web

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/outcry/outcry/pkg/status"
)

// The plot lies between these heights of a chart, in per cent from the top;
// the time axis and the strip of levels lie below.
const (
	plotTop    = 7.0
	plotBottom = 85.0
	headroom   = 1.12 // of the scale above the largest value
)

// Scale is how counts become heights.
type Scale string

const (
	Tens Scale = "tens" // each line is ten times the one below
	Even Scale = "even" // each line is as far above the one below
)

// tensFrom is how many times the usual a peak must be for its scale to go by
// tens: on an even one the usual range would be a hairline.
const tensFrom = 50

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

// Span is a stretch of time.
type Span struct{ X, Width string }

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

// plot maps times and counts to places.
type plot struct {
	start, end time.Time
	low, high  float64 // the values at the bottom and the top
	scale      Scale
}

// newPlot chooses the axes for a series.
func newPlot(s status.Series, scale Scale) plot {
	p := plot{start: s.Points[0].Start, scale: scale}
	p.end = s.Points[len(s.Points)-1].Start.Add(s.Step)
	smallest := math.Inf(1)
	for _, point := range s.Points {
		if point.Known {
			p.high = math.Max(p.high, float64(point.Count))
			smallest = math.Min(smallest, float64(point.Count))
		}
		p.high = math.Max(p.high, point.Upper)
		smallest = math.Min(smallest, lower(point))
	}
	p.high = math.Max(p.high, 4) // a chart of nothing still has a scale
	if scale == Tens {
		// Small series begin at 0; in large ones the lines begin below the lowest.
		if smallest >= 30 && !math.IsInf(smallest, 1) {
			p.low = math.Pow10(int(math.Log10(smallest))) / 1.6
		}
		p.high = math.Expm1(math.Log1p(p.low) + (math.Log1p(p.high)-math.Log1p(p.low))*headroom)
	} else {
		p.high *= headroom
	}
	return p
}

// lower is the lower edge of the usual range. Only the upper one is judged; the
// lower one lies as many times below the expected count as the upper above.
func lower(p status.Point) float64 {
	if p.Upper <= 0 {
		return 0
	}
	return p.Expected * p.Expected / p.Upper
}

// x is the place of t from 0 to 1.
func (p plot) x(t time.Time) float64 {
	return math.Min(1, math.Max(0, float64(t.Sub(p.start))/float64(p.end.Sub(p.start))))
}

// y is the height of n in per cent from the top.
func (p plot) y(n float64) float64 {
	share := (n - p.low) / (p.high - p.low)
	if p.scale == Tens {
		share = (math.Log1p(n) - math.Log1p(p.low)) / (math.Log1p(p.high) - math.Log1p(p.low))
	}
	return plotBottom - math.Min(1, math.Max(0, share))*(plotBottom-plotTop)
}

// lines are the counts at which the grid has lines.
func (p plot) lines() []float64 {
	var all []float64
	if p.scale == Tens {
		for n := 1.0; n <= p.high; n *= 10 {
			if y := p.y(n); n > p.low && plotTop+4 < y && y < plotBottom-3 {
				all = append(all, n)
			}
		}
		return all
	}
	step := evenStep(p.high)
	for n := step; n <= p.high; n += step {
		all = append(all, n)
	}
	return all
}

// evenStep is the round distance, 1, 2 or 5 times a power of ten, that gives
// two to five lines up to high.
func evenStep(high float64) float64 {
	power := math.Pow10(int(math.Floor(math.Log10(high))))
	for _, m := range []float64{0.2, 0.5, 1, 2} {
		if step := m * power; step >= 1 && high/step <= 5 {
			return step
		}
	}
	return math.Max(1, 2*power)
}

// suits returns the scale that shows a series best.
func suits(s status.Series) Scale {
	for _, p := range s.Points {
		if p.Known && float64(p.Count) > tensFrom*math.Max(p.Expected, 1) {
			return Tens
		}
	}
	return Even
}

// drawing builds paths over the points of a series.
type drawing struct {
	plot
	points []status.Point
	asOf   time.Time
	step   time.Duration
}

func newDrawing(s status.Series, scale Scale) drawing {
	return drawing{plot: newPlot(s, scale), points: s.Points, asOf: s.AsOf, step: s.Step}
}

// sliding returns s with the window that slides with now in place of the
// running step, which would look like a drop.
func sliding(s status.Series, now int64) status.Series {
	s.Points = slices.Clone(s.Points)
	if last := len(s.Points) - 1; last >= 0 && s.Points[last].Start.Add(s.Step).After(s.AsOf) {
		s.Points[last].Count = now
	}
	return s
}

// above tells whether the i-th point lies over the usual range.
func (d drawing) above(i int) bool {
	p := d.points[i]
	return p.Known && p.Upper > 0 && float64(p.Count) > p.Upper
}

// courses returns the path of the counts in the usual range and the path of
// those above it. Both are steps, for a bucket is flat, and both break off
// where nothing was counted.
func (d drawing) courses() (count, over string) {
	var paths [2]strings.Builder
	for i, p := range d.points {
		if !p.Known {
			continue
		}
		from, to, y := d.x(p.Start), d.x(d.until(p)), d.y(float64(p.Count))
		kind, joined := kindOf(d.above(i)), i > 0 && d.points[i-1].Known
		switch {
		case !joined:
			move(&paths[kind], from, y)
		case kind == kindOf(d.above(i-1)):
			rise(&paths[kind], y)
		case kind == 1: // leaves the range: the rise is part of what is above
			move(&paths[1], from, d.y(float64(d.points[i-1].Count)))
			rise(&paths[1], y)
		default: // returns: so is the fall
			rise(&paths[1], y)
			move(&paths[0], from, y)
		}
		paths[kind].WriteString("H" + thousandth(to))
	}
	return paths[0].String(), paths[1].String()
}

func kindOf(above bool) int {
	if above {
		return 1
	}
	return 0
}

func (d drawing) until(p status.Point) time.Time {
	if end := p.Start.Add(d.step); end.Before(d.asOf) {
		return end
	}
	return d.asOf
}

func move(b *strings.Builder, x, y float64) {
	b.WriteString("M" + thousandth(x) + " " + thousandth(y/100))
}

func rise(b *strings.Builder, y float64) { b.WriteString("V" + thousandth(y/100)) }

// bandEvery is how many steps lie between the corners of the band, which is
// smooth.
const bandEvery = 4

// band returns the area of the usual range, or nothing if none is known.
func (d drawing) band() string {
	var upper, under []string
	usable := false
	last := len(d.points) - 1
	for i, p := range d.points {
		if i%bandEvery != 0 && i != last {
			continue
		}
		x := d.x(p.Start)
		if i == last {
			x = 1
		}
		usable = usable || p.Upper > 0
		upper = append(upper, thousandth(x)+" "+thousandth(d.y(p.Upper)/100))
		under = append(under, thousandth(x)+" "+thousandth(d.y(lower(p))/100))
	}
	if !usable {
		return ""
	}
	var b strings.Builder
	b.WriteString("M" + strings.Join(upper, "L"))
	for i := len(under) - 1; i >= 0; i-- {
		b.WriteString("L" + under[i])
	}
	return b.String() + "z"
}

// gaps returns the stretches that nobody could count.
func (d drawing) gaps() []interval {
	var all []interval
	for i, p := range d.points {
		if p.Known {
			continue
		}
		from, to := d.x(p.Start), d.x(d.until(p))
		if i > 0 && !d.points[i-1].Known {
			all[len(all)-1].to = to
		} else {
			all = append(all, interval{from, to})
		}
	}
	return all
}

// interval is a stretch of the time axis, from 0 to 1.
type interval struct{ from, to float64 }

func (g interval) span() Span {
	return Span{X: place(100 * g.from), Width: place(100 * (g.to - g.from))}
}

// rose returns the first of the points that end the series and lie above the
// usual range; unknown ones between them do not end it. It is -1 if the last
// known point is not above.
func (d drawing) rose() int {
	first := -1
	for i := len(d.points) - 1; i >= 0; i-- {
		if !d.points[i].Known {
			continue
		}
		if !d.above(i) {
			break
		}
		first = i
	}
	return first
}

// fell returns the last point above the usual range, or -1.
func (d drawing) fell() int {
	for i := len(d.points) - 1; i >= 0; i-- {
		if d.above(i) {
			return i
		}
	}
	return -1
}

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

// title says what the chart shows.
func (d drawing) title(l *Locale, rose int) string {
	fell := d.fell()
	switch {
	case rose >= 0:
		return l.fill("chart_above", words{"Time": l.clock(d.points[rose].Start)})
	case fell >= 0:
		return l.fill("chart_was_above", words{"Time": l.clock(d.points[fell].Start)})
	case !d.anyKnown():
		return l.Say("chart_unknown")
	case d.band() == "":
		return l.Say("chart_plain")
	}
	return l.Say("chart_usual")
}

func (d drawing) anyKnown() bool {
	for _, p := range d.points {
		if p.Known {
			return true
		}
	}
	return false
}

func (d drawing) peak() (n int64) {
	for _, p := range d.points {
		if p.Known {
			n = max(n, p.Count)
		}
	}
	return n
}

// times are the hours below the axis, every third, or every sixth where there
// is little room.
func (d drawing) times(l *Locale) []Tick {
	const every = 3 * time.Hour
	var all []Tick
	first := d.start.Truncate(time.Hour)
	if first.Before(d.start) {
		first = first.Add(time.Hour)
	}
	for t, i := first, 0; !t.After(d.end); t, i = t.Add(every), i+1 {
		x := d.x(t)
		tick := Tick{At: place(100 * x), Text: l.clock(t), Anchor: "middle", Wide: i%2 == 1}
		switch {
		case x < 0.03:
			tick.Anchor = "start"
		case x > 0.97:
			tick.Anchor = "end"
		}
		all = append(all, tick)
	}
	return all
}

// gapText names the widest gap, if a name fits beside it.
func gapText(l *Locale, gaps []interval) *Text {
	widest := interval{}
	for _, g := range gaps {
		if g.to-g.from > widest.to-widest.from {
			widest = g
		}
	}
	if widest.to-widest.from < 0.02 {
		return nil
	}
	t := &Text{Y: "42%", Text: l.Say("chart_gap"), Anchor: "start", X: place(100*widest.to + 0.7)}
	if widest.to > 0.7 {
		t.Anchor, t.X = "end", place(100*widest.from-0.7)
	}
	return t
}

// mark stands where counts rose above the usual range and stayed.
func (d drawing) mark(l *Locale, rose int) *Text {
	if rose <= 0 {
		return nil
	}
	at := l.clock(d.points[rose].Start)
	x := 100 * d.x(d.points[rose].Start)
	t := &Text{X: place(x), TextX: place(x - 0.9), Y: "61%", Anchor: "end",
		Text: l.fill("chart_mark", words{"Time": at}), Short: l.fill("chart_mark_short", words{"Time": at})}
	if x < 50 {
		t.Anchor, t.TextX = "start", place(x+0.9)
	}
	return t
}

// usual labels the band where nothing else is.
func (d drawing) usual(l *Locale, rose int) *Text {
	low, high := math.Inf(1), 0.0
	for _, p := range d.points {
		low, high = math.Min(low, p.Expected), math.Max(high, p.Expected)
	}
	if d.band() == "" {
		return nil
	}
	x := 0.52
	if rose > 0 {
		switch at := d.x(d.points[rose].Start); {
		case at < 0.5:
			x = 0.86
		case at < 0.75:
			x = 0.18
		}
	}
	i := int(x * float64(len(d.points)-1))
	t := &Text{X: place(100 * x), Y: place(d.highest(i-4, i+4) - 3), Anchor: "middle"}
	w := words{"Low": l.round(int64(math.Round(low))), "High": l.round(int64(math.Round(high)))}
	switch {
	case high < 1:
		t.Text = l.fill("chart_band_one", words{"High": l.Say("usual_few_short")})
	case w["Low"] == w["High"]:
		t.Text = l.fill("chart_band_one", w)
	default:
		t.Text = l.fill("chart_band", w)
	}
	return t
}

// highest is the smallest distance from the top that anything between two
// points has.
func (d drawing) highest(from, to int) float64 {
	y := plotBottom
	for i := max(0, from); i <= min(to, len(d.points)-1); i++ {
		y = math.Min(y, d.y(d.points[i].Upper))
		if d.points[i].Known {
			y = math.Min(y, d.y(float64(d.points[i].Count)))
		}
	}
	return y
}

// nowLabel is how many steps long the words at the sliding window may be.
const nowLabel = 24

// now is the sliding window, if it could be counted.
func (d drawing) now(l *Locale, s status.Status) *Dot {
	last := len(d.points) - 1
	if !d.points[last].Known {
		return nil
	}
	x, y := 100*d.x(d.asOf), d.y(float64(s.Observed))
	return &Dot{X: place(x), Y: place(y), Above: d.above(last), Text: Text{
		X: place(math.Min(x-1, 99)), Y: place(math.Max(d.highest(last-nowLabel, last)-3, 4)), Anchor: "end",
		Text:  l.fill("chart_now", words{"N": l.Number(s.Observed), "Window": l.within(s.Window)}),
		Short: l.Number(s.Observed),
	}}
}

// figures are the same numbers as a table, oldest first.
func figures(l *Locale, s status.Series) []Figure {
	all := make([]Figure, len(s.Points))
	for i, p := range s.Points {
		f := Figure{From: l.clock(p.Start), Count: l.Number(p.Count), Usual: l.usual(p.Expected), Upper: l.usual(p.Upper)}
		switch {
		case !p.Known:
			f.Count = l.Say("chart_gap")
		case p.Start.Add(s.Step).After(s.AsOf):
			f.Count = l.fill("figures_so_far", words{"N": f.Count})
		}
		all[i] = f
	}
	return all
}

// place writes a per cent for an attribute.
func place(f float64) string { return strconv.FormatFloat(math.Round(100*f)/100, 'f', -1, 64) + "%" }

// thousandth writes a share of 1 in the box of 1000.
func thousandth(f float64) string { return strconv.Itoa(int(math.Round(1000 * f))) }
