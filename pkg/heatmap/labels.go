package heatmap

import (
	"slices"
	"unicode/utf8"

	"github.com/outcry/outcry/pkg/status"
)

// Label is what is written at a country.
type Label struct {
	Text   string
	X, Y   float64 // where the text begins, or ends, on its base line
	Anchor string  // as in SVG: start or end
}

// maxLabels is how many countries are named on a map.
const maxLabels = 5

// The room that text takes, in units of a map that is shown about 760 px wide
// with letters of 13 px.
const (
	letterWidth = 9.5
	lineHeight  = 18
	baseLine    = 5 // from the bottom of a line
	labelGap    = 4
	dotRadius   = 5
)

// box is the room of a label.
type box struct{ left, top, right, bottom float64 }

func (a box) overlaps(b box) bool {
	return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom
}

// labels places what is written at the first of sorted, beside them, and neither
// over each other nor over another country with reports. One for which there is
// no room is left out: the table has it.
func (w *World) labels(sorted []status.Country, m Metric, text func(status.Country) string) []Label {
	shown := map[string]box{} // countries with reports
	for _, c := range sorted {
		if m.Shade(c) != NoReports && w.Has(c.Code) {
			shown[c.Code] = w.room(c.Code)
		}
	}
	var all []Label
	var taken []box
	for _, c := range sorted {
		if len(all) == maxLabels || m.Shade(c) < 1 {
			break
		}
		own, ok := shown[c.Code]
		if !ok {
			continue
		}
		words := text(c)
		others := slices.Clone(taken)
		for code, room := range shown {
			if code != c.Code {
				others = append(others, room)
			}
		}
		for _, l := range own.beside() {
			room := l.room(words)
			if free(room, others, float64(w.Width), float64(w.Height)) {
				l.Text = words
				taken, all = append(taken, room), append(all, l)
				break
			}
		}
	}
	return all
}

// beside are the places for words beside b, the best first.
func (b box) beside() []Label {
	level := (b.top+b.bottom)/2 + baseLine
	above, below := b.top-labelGap, b.bottom+lineHeight-baseLine
	right, left := b.right+labelGap, b.left-labelGap
	return []Label{
		{X: right, Y: level, Anchor: "start"}, {X: left, Y: level, Anchor: "end"},
		{X: right, Y: above, Anchor: "start"}, {X: right, Y: below, Anchor: "start"},
		{X: left, Y: above, Anchor: "end"}, {X: left, Y: below, Anchor: "end"},
		{X: b.left, Y: above, Anchor: "start"}, {X: b.left, Y: below, Anchor: "start"},
	}
}

// room is what words take at the place of l.
func (l Label) room(words string) box {
	width := letterWidth * float64(utf8.RuneCountInString(words))
	b := box{l.X, l.Y - lineHeight + baseLine, l.X + width, l.Y + baseLine}
	if l.Anchor == "end" {
		b.left, b.right = l.X-width, l.X
	}
	return b
}

// room is what a country takes.
func (w *World) room(code string) box {
	if p, ok := w.Dots[code]; ok {
		return box{p.X - dotRadius, p.Y - dotRadius, p.X + dotRadius, p.Y + dotRadius}
	}
	return w.rooms[code]
}

func free(room box, taken []box, width, height float64) bool {
	if room.left < 0 || room.top < 0 || room.right > width || room.bottom > height {
		return false
	}
	for _, other := range taken {
		if room.overlaps(other) {
			return false
		}
	}
	return true
}
