package view

import (
	"math"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/locale"
	"github.com/outcry/outcry/pkg/status"
)

// title writes the finding of the chart, in agreement with s. Trouble began with
// its onset, whatever the drawing shows. Only a service whose window is above its
// usual range is above it now: a step of the drawing may be shorter. While it is not
// known what is usual, nothing was above it.
func (d drawing) title(l *locale.Locale, rose int, r Range, s status.Status) string {
	fell := d.lastAbove()
	inTrouble, isLearning := InTrouble(s), s.Reason.Code == detect.ReasonNoHistory
	switch {
	case inTrouble && !s.Onset.IsZero():
		return l.Fill("chart_trouble", locale.Values{"Time": l.Clock(s.Onset)})
	case rose >= 0 && (inTrouble || isAboveNow(s)):
		return l.Fill("chart_above", locale.Values{"Time": l.Clock(d.points[rose].Start)})
	case fell >= 0 && !isLearning:
		return l.Fill("chart_was_above", locale.Values{"Time": l.Clock(d.points[fell].Start)})
	case !AnyCounted(d.points):
		return l.Fill("chart_unknown", locale.Values{"Window": l.InLast(r.Length)})
	case d.band() == "" || inTrouble || isLearning || s.Above:
		return l.Fill("chart_plain", locale.Values{"Window": l.InLast(r.Length)})
	}
	return l.Say("chart_usual")
}

// ticks are the possible distances between the times below an axis.
var ticks = []time.Duration{5 * time.Minute, 10 * time.Minute, 20 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 3 * time.Hour,
	6 * time.Hour, 12 * time.Hour, 24 * time.Hour, 48 * time.Hour, 7 * 24 * time.Hour, 14 * 24 * time.Hour, 28 * 24 * time.Hour}

// Fewer times than these stand below an axis, as a rule and where there is
// little room.
const (
	wideTimes   = 9
	narrowTimes = 5
)

// tickDistance returns the smallest distance of ticks that puts fewer than most
// times below an axis of this length.
func tickDistance(length time.Duration, most int) time.Duration {
	for _, every := range ticks {
		if length < time.Duration(most)*every {
			return every
		}
	}
	return ticks[len(ticks)-1]
}

// times returns the round times below the axis. A long axis has days instead.
func (d drawing) times(l *locale.Locale, r Range) []Tick {
	every, narrow := tickDistance(r.Length, wideTimes), tickDistance(r.Length, narrowTimes)
	if narrow%every != 0 {
		every = narrow
	}
	var all []Tick
	for t := l.Truncate(d.start.Add(every-1), every); !t.After(d.end); t = t.Add(every) {
		x := d.x(t)
		tick := Tick{At: percent(100 * x), Text: l.Clock(t), Anchor: "middle", Wide: !t.Equal(l.Truncate(t, narrow))}
		if every >= 24*time.Hour {
			tick.Text = l.Day(t)
		}
		half := letterWidth * float64(utf8.RuneCountInString(tick.Text)) / 2 / narrowChart
		switch {
		case x < half:
			tick.Anchor = "start"
		case x > 1-half:
			tick.Anchor = "end"
		}
		all = append(all, tick)
	}
	return all
}

// The narrowest a chart gets, on a phone of 320 px and on a screen of 960 px
// with words for those with room, and about how wide a letter is, in px.
const (
	narrowChart = 288.0
	wideChart   = 592.0
	letterWidth = 7.5
)

// gapText labels the widest gap of c at a height without other texts. It returns
// nil if the gap is too narrow.
func gapText(l *locale.Locale, gaps []interval, c *Chart) *Text {
	widest := interval{}
	for _, g := range gaps {
		if g.to-g.from > widest.to-widest.from {
			widest = g
		}
	}
	text := l.Say("chart_gap")
	needed := letterWidth * float64(utf8.RuneCountInString(text)+2)
	room := widest.to - widest.from
	if room*wideChart < needed {
		return nil
	}
	width := room * narrowChart
	return &Text{X: percent(50 * (widest.from + widest.to)), Y: percent(c.clearHeight()), Anchor: "middle", Text: text, Wide: width < needed}
}

// clearHeight returns the height that is farthest from all texts and lines of
// the chart, in per cent from the top.
func (c *Chart) clearHeight() float64 {
	taken := []float64{plotTop, plotBottom}
	for _, line := range c.Lines {
		taken = append(taken, line.height)
	}
	for _, t := range []*Text{c.Usual, c.Mark, c.End} {
		if t != nil {
			taken = append(taken, t.height)
		}
	}
	if c.Now != nil {
		taken = append(taken, c.Now.Text.height)
	}
	slices.Sort(taken)
	best, widest := 0.0, 0.0
	for i := 1; i < len(taken); i++ {
		if room := taken[i] - taken[i-1]; room > widest {
			best, widest = taken[i]-room/2, room
		}
	}
	return best
}

// markHeight and overHeight are where the words at marks stand, in per cent from
// the top.
const (
	markHeight = 61
	overHeight = 35
)

// markAt marks a time with the message of a key. The text stands on this side of
// the mark, or on the other if there is no room.
func (d drawing) markAt(l *locale.Locale, key string, t time.Time, height float64, side string) *Text {
	x := 100 * d.x(t)
	w := locale.Values{"Time": l.Clock(t)}
	v := &Text{X: percent(x), Y: percent(height), height: height, Text: l.Fill(key, w), Short: l.Fill("chart_mark_short", w)}
	if x < 30 || side == "start" && x < 70 {
		v.Anchor, v.TextX = "start", percent(x+0.9)
	} else {
		v.Anchor, v.TextX = "end", percent(x-0.9)
	}
	return v
}

// isAboveNow reports whether a service without trouble is above its usual range,
// and not because of an incident that has just ended.
func isAboveNow(s status.Status) bool {
	return isAbove(s) && s.Level == detect.OK && s.State != incident.Resolved
}

// beginMark marks the onset of trouble, or where counts rose above the usual range
// if they are above it now. It returns nil if that is not within the chart.
func (d drawing) beginMark(l *locale.Locale, rose int, s status.Status) *Text {
	switch {
	case InTrouble(s) && !s.Onset.IsZero():
		if s.Onset.Before(d.start) || s.Onset.After(d.end) {
			return nil
		}
		return d.markAt(l, "chart_mark_onset", s.Onset, markHeight, "end")
	case InTrouble(s) || isAboveNow(s):
		return d.riseMark(l, rose)
	}
	return nil
}

// riseMark marks where counts rose above the usual range and stayed there. It
// returns nil if that is unknown.
func (d drawing) riseMark(l *locale.Locale, rose int) *Text {
	if rose <= 0 || !d.points[rose-1].Known { // when it rose is not known
		return nil
	}
	at := l.Clock(d.points[rose].Start)
	x := 100 * d.x(d.points[rose].Start)
	t := &Text{X: percent(x), TextX: percent(x - 0.9), Y: percent(markHeight), height: markHeight, Anchor: "end",
		Text: l.Fill("chart_mark", locale.Values{"Time": at}), Short: l.Fill("chart_mark_short", locale.Values{"Time": at})}
	if x < 50 {
		t.Anchor, t.TextX = "start", percent(x+0.9)
	}
	return t
}

// usualLabel is about how many labels of the band fit side by side, twice over.
const usualLabel = 20

// bandLabel labels the usual range where no other text stands.
func (d drawing) bandLabel(l *locale.Locale, rose int) *Text {
	if d.band() == "" {
		return nil
	}
	text := d.bandText(l)
	x := 0.52
	if rose > 0 {
		switch at := d.x(d.points[rose].Start); {
		case at < 0.5:
			x = 0.86
		case at < 0.75:
			x = 0.18
		default:
			x = 0.36
		}
	}
	half := math.Min(0.5, letterWidth*float64(utf8.RuneCountInString(text))/2/narrowChart)
	x = math.Min(math.Max(x, half), 1-half)
	i := int(x * float64(len(d.points)-1))
	beside := 1 + len(d.points)/usualLabel
	y := d.topBetween(i-beside, i+beside) - 3
	return &Text{X: percent(100 * x), Y: percent(y), height: y, Anchor: "middle", Text: text}
}

// bandText writes the lowest and the highest expected count.
func (d drawing) bandText(l *locale.Locale) string {
	low, high := math.Inf(1), 0.0
	for _, p := range d.points {
		low, high = math.Min(low, p.Expected), math.Max(high, p.Expected)
	}
	w := locale.Values{"Low": l.Rounded(int64(math.Round(low))), "High": l.Rounded(int64(math.Round(high)))}
	switch {
	case high < 1:
		return l.Fill("chart_band_one", locale.Values{"High": l.Say("usual_few_short")})
	case w["Low"] == w["High"]:
		return l.Fill("chart_band_one", w)
	}
	return l.Fill("chart_band", w)
}

// lastLabel is the share of the width that the label of the newest count may
// take.
const lastLabel = 0.25

// lastCount labels the newest count: that of the sliding window or, where steps
// are shorter, that of the last complete step. It returns nil if that was not
// counted.
func (d drawing) lastCount(l *locale.Locale, s status.Status) *Last {
	i := len(d.points) - 1
	p := d.points[i]
	if !p.Known {
		return nil
	}
	x := 100 * d.x(d.until(p))
	y := math.Max(d.topBetween(i-int(lastLabel*float64(len(d.points))), i)-3, 4)
	v := &Last{X: percent(x), Above: d.above(i), Dot: d.step == s.Window,
		Text: Text{X: percent(math.Min(x-1, 99)), Y: percent(y), height: y, Anchor: "end"}}
	n := p.Count
	if v.Dot {
		n = s.Observed
		v.Text.Text = l.Fill("chart_now", locale.Values{"N": l.Number(n), "Window": l.InLast(s.Window)})
	} else {
		v.Text.Text = l.Count("chart_last", int64(d.step/time.Minute), locale.Values{"Count": l.Number(n), "Time": l.Clock(p.Start)})
	}
	v.Y, v.Text.Short = percent(d.y(float64(n))), l.Number(n)
	return v
}

// figures returns the points of a series as a table, oldest first.
func figures(l *locale.Locale, s status.Series) []Figure {
	all := make([]Figure, len(s.Points))
	for i, p := range s.Points {
		f := Figure{From: l.Clock(p.Start), Count: l.Number(p.Count), Usual: l.Expected(p.Expected), Upper: l.Expected(p.Upper)}
		switch {
		case !p.Known:
			f.Count = l.Say("chart_gap")
		case p.Start.Add(s.Step).After(s.AsOf):
			f.Count = l.Fill("figures_so_far", locale.Values{"N": f.Count})
		}
		all[i] = f
	}
	return all
}
