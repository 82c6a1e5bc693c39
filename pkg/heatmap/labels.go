package heatmap

import (
	"slices"
	"unicode/utf8"

	"github.com/outcry/outcry/pkg/status"
)

// Label is the text beside a country.
type Label struct {
	Text   string
	X, Y   float64 // of the anchor, on the base line
	Anchor string  // "start" or "end" of the text, as in SVG
}

// maxLabels is the most labels of a map.
const maxLabels = 5

// Sizes of text, in units of a map that is about 760 px wide with letters of 13 px.
const (
	letterWidth = 9.5
	lineHeight  = 18
	baseLine    = 5 // above the bottom of a line
	labelGap    = 4
	dotRadius   = 5
)

// box is a rectangle on the map.
type box struct{ left, top, right, bottom float64 }

// overlaps reports whether a and b have an area in common.
func (a box) overlaps(b box) bool {
	return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom
}

// placeLabels returns labels for the first of sorted. A label covers no other label
// and no other country with reports. A country is left out if there is no room for
// its label.
func (w *World) placeLabels(sorted []status.Country, m Metric, text func(status.Country) string) []Label {
	occupied := map[string]box{} // by country with reports
	for _, c := range sorted {
		if m.Shade(c) != NoReports && w.Has(c.Code) {
			occupied[c.Code] = w.box(c.Code)
		}
	}
	var labels []Label
	var taken []box // by labels
	for _, c := range sorted {
		if len(labels) == maxLabels || m.Shade(c) < 1 {
			break
		}
		own, ok := occupied[c.Code]
		if !ok {
			continue
		}
		label := text(c)
		others := slices.Clone(taken)
		for code, b := range occupied {
			if code != c.Code {
				others = append(others, b)
			}
		}
		for _, l := range own.beside() {
			room := l.box(label)
			if isFree(room, others, float64(w.Width), float64(w.Height)) {
				l.Text = label
				taken, labels = append(taken, room), append(labels, l)
				break
			}
		}
	}
	return labels
}

// beside returns the places for a label beside a, the best first.
func (a box) beside() []Label {
	level := (a.top+a.bottom)/2 + baseLine
	above, below := a.top-labelGap, a.bottom+lineHeight-baseLine
	right, left := a.right+labelGap, a.left-labelGap
	return []Label{
		{X: right, Y: level, Anchor: "start"}, {X: left, Y: level, Anchor: "end"},
		{X: right, Y: above, Anchor: "start"}, {X: right, Y: below, Anchor: "start"},
		{X: left, Y: above, Anchor: "end"}, {X: left, Y: below, Anchor: "end"},
		{X: a.left, Y: above, Anchor: "start"}, {X: a.left, Y: below, Anchor: "start"},
	}
}

// box returns the area that text takes at the place of l.
func (l Label) box(text string) box {
	width := letterWidth * float64(utf8.RuneCountInString(text))
	b := box{l.X, l.Y - lineHeight + baseLine, l.X + width, l.Y + baseLine}
	if l.Anchor == "end" {
		b.left, b.right = l.X-width, l.X
	}
	return b
}

// box returns the box of a country's dot or of the largest part of its outline.
func (w *World) box(code string) box {
	if p, ok := w.Dots[code]; ok {
		return box{p.X - dotRadius, p.Y - dotRadius, p.X + dotRadius, p.Y + dotRadius}
	}
	return w.boxes[code]
}

// isFree reports whether room lies within a map of this size and overlaps none of
// taken.
func isFree(room box, taken []box, width, height float64) bool {
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
