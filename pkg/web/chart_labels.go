package web

import (
	"math"
	"time"

	"github.com/outcry/outcry/pkg/status"
)

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
	switch {
	case widest.to-widest.from > 0.4: // too wide for words beside it
		t.Anchor, t.X = "middle", place(50*(widest.from+widest.to))
	case widest.to > 0.7:
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
