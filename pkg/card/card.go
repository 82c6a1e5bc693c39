// Package card draws the picture that social networks and messengers show beside
// a link: how a service is, in words and on a map, 1200 by 630 px. It shapes
// Bengali, Devanagari and Arabic, and knows nothing of where its words come from.
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

// Card is what is said on the picture.
type Card struct {
	Lang     string // of its words, as in <html lang>
	RTL      bool   // its script runs from right to left
	Brand    string
	Title    string
	Level    string // ok, warning, outage or unknown: the look of the band
	Word     string // the level in words
	When     []string
	Sentence string
	Map      heatmap.Map
	Foot     string
	Tall     bool // its script needs more room between lines
}

// The light colours of the pages. A card is shown on anything, so it has one
// look.
var (
	paper   = color.RGBA{0xfc, 0xfb, 0xf8, 0xff}
	ink     = color.RGBA{0x17, 0x19, 0x1e, 0xff}
	ink2    = color.RGBA{0x58, 0x5c, 0x64, 0xff}
	rule    = color.RGBA{0xd8, 0xd5, 0xcd, 0xff}
	edge    = color.RGBA{0x85, 0x86, 0x8a, 0xff}
	trouble = color.RGBA{0xb3, 0x26, 0x1e, 0xff}
	tint    = color.RGBA{0xfa, 0xe7, 0xe1, 0xff}
	land    = color.RGBA{0xeb, 0xe9, 0xe3, 0xff}
	few     = color.RGBA{0xcf, 0xcb, 0xc1, 0xff} // between land and hatch: hatching is lost at this size
	white   = color.RGBA{0xff, 0xff, 0xff, 0xff}
	shades  = [...]color.RGBA{{0xf0, 0xbe, 0xa2, 0xff}, {0xe3, 0x8f, 0x6a, 0xff}, {0xc9, 0x5f, 0x42, 0xff}, {0x9b, 0x33, 0x25, 0xff}, {0x58, 0x11, 0x10, 0xff}}
)

// Where things are, in px.
const (
	margin   = 60
	bandTop  = 170
	bandHigh = 110
	mapLeft  = 600
	mapTop   = 312
	mapWide  = 540
	footLine = 598
	wordHigh = 244 // of the sentence
)

// Draw returns the card as PNG.
func Draw(c Card) ([]byte, error) {
	picture := image.NewRGBA(image.Rect(0, 0, Width, Height))
	g := gg.NewContextForRGBA(picture)
	g.SetColor(paper)
	g.Clear()
	p, err := newPen(picture, c.Lang, c.RTL)
	if err != nil {
		return nil, err
	}
	start, end := margin, Width-margin // where lines begin and end
	sign := 1
	if c.RTL {
		start, end, sign = end, start, -1
	}
	wide := Width - 2*margin

	brand := p.lines(c.Brand, style{bold, 32, ink2}, 300, 1)
	room := wide
	if len(brand) > 0 {
		w := widthOf(brand[0])
		p.draw(brand[0], style{bold, 32, ink2}, end-sign*w, 128)
		room -= w + 40
	}
	p.write(c.Title, style{bold, 76, ink}, start, 130, room)

	word := band(g, c.Level)
	shape(g, c.Level, float64(start+sign*(28+30)), bandTop+bandHigh/2, 30)
	taken := p.write(c.Word, style{bold, 52, word}, start+sign*112, bandTop+73, wide-400)
	if c.Level != "outage" {
		word = ink
	}
	for i, text := range c.When {
		small := style{regular, 28, word}
		if lines := p.lines(text, small, wide-taken-170, 1); len(lines) > 0 {
			y := bandTop + bandHigh/2 + 10
			if len(c.When) > 1 {
				y += 42*i - 21
			}
			p.draw(lines[0], small, end-sign*(widthOf(lines[0])+28), y)
		}
	}

	c.drawMap(g)
	step := 40
	if c.Tall {
		step = 48
	}
	said := style{regular, 30, ink}
	for i, line := range p.lines(c.Sentence, said, mapLeft-margin-40, wordHigh/step) {
		p.draw(line, said, start, mapTop+32+step*i)
	}
	g.SetColor(rule)
	g.DrawRectangle(margin, footLine-36, float64(wide), 2)
	g.Fill()
	p.write(c.Foot, style{regular, 24, ink2}, start, footLine, wide)

	var b bytes.Buffer
	if err := png.Encode(&b, picture); err != nil {
		return nil, fmt.Errorf("encode a card: %w", err)
	}
	return b.Bytes(), nil
}

// band draws the band behind the level and returns the colour of its words.
func band(g *gg.Context, level string) color.Color {
	g.DrawRectangle(margin+1.5, bandTop+1.5, Width-2*margin-3, bandHigh-3)
	g.SetLineWidth(3)
	words := color.Color(ink)
	switch level {
	case "outage":
		g.SetColor(trouble)
		g.FillPreserve()
		g.Stroke()
		return white
	case "warning":
		words = trouble
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
	return words
}

// drawMap draws the map opposite the sentence.
func (c *Card) drawMap(g *gg.Context) {
	left := float64(mapLeft)
	if c.RTL {
		left = margin
	}
	scale := float64(mapWide) / float64(c.Map.Width)
	outline := func(path string, fill color.Color) {
		rings, err := heatmap.Rings(path)
		if err != nil {
			return // a map of nothing has no outline
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
	outline(c.Map.Rest, land)
	for _, s := range c.Map.Shapes {
		outline(s.Path, shadeOf(s.Shade))
	}
	for _, dot := range c.Map.Dots {
		g.DrawCircle(left+scale*dot.X, mapTop+scale*dot.Y, 5)
		g.SetColor(shadeOf(dot.Shade))
		g.FillPreserve()
		g.SetColor(paper)
		g.SetLineWidth(1)
		g.Stroke()
	}
}

func shadeOf(s heatmap.Shade) color.Color {
	if s < 1 {
		return few
	}
	return shades[s-1]
}
