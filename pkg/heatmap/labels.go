package heatmap

import (
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
	lineHeight  = 20
	labelGap    = 8
)

// box is the room of a label.
type box struct{ left, top, right, bottom float64 }

func (a box) overlaps(b box) bool {
	return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom
}

// labels places what is written at the first of sorted, beside them and not over
// each other. One for which there is no room is left out: the table has it.
func (w *World) labels(sorted []status.Country, m Metric, text func(status.Country) string) []Label {
	var all []Label
	var taken []box
	for _, c := range sorted {
		if len(all) == maxLabels || m.Shade(c) < 1 {
			break
		}
		if !w.Has(c.Code) {
			continue
		}
		words, at := text(c), w.at(c.Code)
		width := letterWidth * float64(utf8.RuneCountInString(words))
		for _, place := range []struct {
			dx, dy float64
			anchor string
		}{{labelGap, 5, "start"}, {-labelGap, 5, "end"}, {0, -labelGap - 4, "start"}, {0, lineHeight, "start"}, {0, -labelGap - 4, "end"}, {0, lineHeight, "end"}} {
			x, y := at.X+place.dx, at.Y+place.dy
			room := box{x, y - lineHeight + 5, x + width, y + 5}
			if place.anchor == "end" {
				room.left, room.right = x-width, x
			}
			if free(room, taken, float64(w.Width), float64(w.Height)) {
				taken = append(taken, room)
				all = append(all, Label{Text: words, X: x, Y: y, Anchor: place.anchor})
				break
			}
		}
	}
	return all
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
