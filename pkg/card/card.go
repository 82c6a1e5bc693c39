// Package card draws the picture that social networks and messengers show with a
// link: the state of a service in words and on a map, 1200 by 630 px. It can write
// Latin, Bengali, Devanagari and Arabic scripts. Its callers provide all words.
package card

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"

	"git.sr.ht/~sbinet/gg"

	"github.com/outcry/outcry/pkg/heatmap"
)

// Size of a card, in px.
const (
	Width  = 1200
	Height = 630
)

// Card is the content of the picture.
type Card struct {
	Lang     string // language tag of the words
	RTL      bool   // the script runs from right to left
	Brand    string
	Title    string
	Level    string   // ok, warning, outage or unknown; sets the look of the band
	Word     string   // the level in words
	When     []string // up to two times, such as "since 06:55 UTC"
	Sentence string
	Map      heatmap.Map
	Foot     string
	Tall     bool // the script needs more room between lines
}

// The light colours of the pages. A card has only these, because it does not know
// the page that shows it.
var (
	paper   = color.RGBA{0xfc, 0xfb, 0xf8, 0xff}
	ink     = color.RGBA{0x17, 0x19, 0x1e, 0xff}
	ink2    = color.RGBA{0x58, 0x5c, 0x64, 0xff}
	rule    = color.RGBA{0xd8, 0xd5, 0xcd, 0xff}
	edge    = color.RGBA{0x85, 0x86, 0x8a, 0xff}
	trouble = color.RGBA{0xb3, 0x26, 0x1e, 0xff}
	tint    = color.RGBA{0xfa, 0xe7, 0xe1, 0xff}
	land    = color.RGBA{0xeb, 0xe9, 0xe3, 0xff}
	few     = color.RGBA{0xcf, 0xcb, 0xc1, 0xff} // replaces the hatching of pages, which is too fine at this size
	white   = color.RGBA{0xff, 0xff, 0xff, 0xff}
	shades  = [...]color.RGBA{{0xf0, 0xbe, 0xa2, 0xff}, {0xe3, 0x8f, 0x6a, 0xff}, {0xc9, 0x5f, 0x42, 0xff}, {0x9b, 0x33, 0x25, 0xff}, {0x58, 0x11, 0x10, 0xff}}
)

// Places and sizes of the parts, in px.
const (
	margin         = 60
	bandTop        = 170
	bandHeight     = 110
	mapLeft        = 600
	mapTop         = 312
	mapWidth       = 540
	footLine       = 598
	sentenceHeight = 244
)

// Draw returns the card as PNG.
func Draw(c Card) ([]byte, error) {
	picture := image.NewRGBA(image.Rect(0, 0, Width, Height))
	p, err := newPen(picture, c.Lang, c.RTL)
	if err != nil {
		return nil, err
	}
	d := drawing{card: c, canvas: gg.NewContextForRGBA(picture), pen: p, start: margin, end: Width - margin, forward: 1}
	if c.RTL {
		d.start, d.end, d.forward = d.end, d.start, -1
	}
	d.canvas.SetColor(paper)
	d.canvas.Clear()
	d.drawHead()
	d.drawLevel()
	d.drawMap()
	d.drawSentence()
	d.drawFoot()

	var b bytes.Buffer
	if err := png.Encode(&b, picture); err != nil {
		return nil, fmt.Errorf("encode a card: %w", err)
	}
	return b.Bytes(), nil
}

// drawing is a card while it is drawn.
type drawing struct {
	card       Card
	canvas     *gg.Context
	pen        *pen
	start, end int // where lines begin and end, in px from the left
	forward    int // direction from start to end: 1 or -1
}

// contentWidth is the width between the margins, in px.
const contentWidth = Width - 2*margin

// drawHead draws the title, and the brand at the end of the same line.
func (d *drawing) drawHead() {
	small := style{bold, 32, ink2}
	room := contentWidth
	if brand := d.pen.lines(d.card.Brand, small, 300, 1); len(brand) > 0 {
		width := widthOf(brand[0])
		d.pen.draw(brand[0], small, d.end-d.forward*width, 128)
		room -= width + 40
	}
	d.pen.write(d.card.Title, style{bold, 76, ink}, d.start, 130, room)
}

// drawLevel draws the band with the level and its times.
func (d *drawing) drawLevel() {
	level := d.card.Level
	textColor := drawBand(d.canvas, level)
	drawSymbol(d.canvas, level, float64(d.start+d.forward*(28+30)), bandTop+bandHeight/2, 30)
	taken := d.pen.write(d.card.Word, style{bold, 52, textColor}, d.start+d.forward*112, bandTop+73, contentWidth-400)
	if level != "outage" {
		textColor = ink
	}
	small := style{regular, 28, textColor}
	for i, text := range d.card.When {
		lines := d.pen.lines(text, small, contentWidth-taken-170, 1)
		if len(lines) == 0 {
			continue
		}
		y := bandTop + bandHeight/2 + 10
		if len(d.card.When) > 1 {
			y += 42*i - 21
		}
		d.pen.draw(lines[0], small, d.end-d.forward*(widthOf(lines[0])+28), y)
	}
}

// drawSentence draws as many lines of the sentence as fit beside the map.
func (d *drawing) drawSentence() {
	step := 40
	if d.card.Tall {
		step = 48
	}
	body := style{regular, 30, ink}
	for i, line := range d.pen.lines(d.card.Sentence, body, mapLeft-margin-40, sentenceHeight/step) {
		d.pen.draw(line, body, d.start, mapTop+32+step*i)
	}
}

// drawFoot draws a rule and the last line.
func (d *drawing) drawFoot() {
	d.canvas.SetColor(rule)
	d.canvas.DrawRectangle(margin, footLine-36, float64(contentWidth), 2)
	d.canvas.Fill()
	d.pen.write(d.card.Foot, style{regular, 24, ink2}, d.start, footLine, contentWidth)
}

// drawBand draws the band behind the level and returns the colour of the text on
// it.
func drawBand(g *gg.Context, level string) color.Color {
	g.DrawRectangle(margin+1.5, bandTop+1.5, contentWidth-3, bandHeight-3)
	g.SetLineWidth(3)
	textColor := color.Color(ink)
	switch level {
	case "outage":
		g.SetColor(trouble)
		g.FillPreserve()
		g.Stroke()
		return white
	case "warning":
		textColor = trouble
		g.SetColor(tint)
		g.FillPreserve()
		g.SetColor(trouble)
	case "unknown":
		g.SetColor(edge)
		g.SetDash(12, 8)
	default:
		g.SetColor(rule)
	}
	g.Stroke()
	g.SetDash()
	return textColor
}

// drawMap draws the map beside the sentence.
func (d *drawing) drawMap() {
	g, world := d.canvas, d.card.Map
	left := float64(mapLeft)
	if d.card.RTL {
		left = margin
	}
	scale := float64(mapWidth) / float64(world.Width)
	outline := func(path string, fill color.Color) {
		rings, err := heatmap.Rings(path)
		if err != nil {
			return // an empty map has no outline
		}
		for _, ring := range rings {
			for i, at := range ring {
				x, y := left+scale*at.X, mapTop+scale*at.Y
				if i == 0 {
					g.MoveTo(x, y)
				} else {
					g.LineTo(x, y)
				}
			}
			g.ClosePath()
		}
		g.SetColor(fill)
		g.FillPreserve()
		g.SetColor(paper)
		g.SetLineWidth(.5)
		g.Stroke()
	}
	outline(world.Rest, land)
	for _, s := range world.Shapes {
		outline(s.Path, shadeOf(s.Shade))
	}
	for _, dot := range world.Dots {
		g.DrawCircle(left+scale*dot.X, mapTop+scale*dot.Y, 5)
		g.SetColor(shadeOf(dot.Shade))
		g.FillPreserve()
		g.SetColor(paper)
		g.SetLineWidth(1)
		g.Stroke()
	}
}

// shadeOf returns the colour of a country with reports.
func shadeOf(s heatmap.Shade) color.Color {
	if s < 1 {
		return few
	}
	return shades[s-1]
}
