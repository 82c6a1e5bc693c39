package card

import (
	"bytes"
	"embed"
	"fmt"
	"image"
	"image/color"
	"slices"
	"sync"

	"github.com/go-text/render"
	"github.com/go-text/typesetting/di"
	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/language"
	"github.com/go-text/typesetting/shaping"
	"golang.org/x/image/math/fixed"
)

//go:embed fonts/*.ttf
var fontFiles embed.FS

// scripts are the fonts that cards are written in; the first that has a letter
// writes it.
var scripts = []string{"NotoSans", "NotoSansBengali", "NotoSansDevanagari", "NotoSansArabic"}

// Weights of letters.
const (
	regular = "Regular"
	bold    = "Bold"
)

// faces are the fonts of one weight.
type faces []*font.Face

// ResolveFace returns the first font that has a letter.
func (f faces) ResolveFace(r rune) *font.Face {
	for _, face := range f {
		if _, ok := face.NominalGlyph(r); ok {
			return face
		}
	}
	return f[0]
}

// fonts are those of each weight, read at the first call.
var fonts = sync.OnceValues(func() (map[string][]*font.Font, error) {
	all := map[string][]*font.Font{}
	for _, weight := range []string{regular, bold} {
		for _, script := range scripts {
			data, err := fontFiles.ReadFile("fonts/" + script + "-" + weight + ".ttf")
			if err != nil {
				return nil, fmt.Errorf("read the font %s: %w", script, err)
			}
			face, err := font.ParseTTF(bytes.NewReader(data))
			if err != nil {
				return nil, fmt.Errorf("read the font %s: %w", script, err)
			}
			all[weight] = append(all[weight], face.Font)
		}
	}
	return all, nil
})

// pen writes text on a picture.
type pen struct {
	on        *image.RGBA
	lang      string
	direction di.Direction
	weights   map[string]faces
	shaper    shaping.HarfbuzzShaper
	segmenter shaping.Segmenter
	wrapper   shaping.LineWrapper
}

func newPen(on *image.RGBA, lang string, rtl bool) (*pen, error) {
	p := &pen{on: on, lang: lang, direction: di.DirectionLTR, weights: map[string]faces{}}
	if rtl {
		p.direction = di.DirectionRTL
	}
	all, err := fonts()
	if err != nil {
		return nil, err
	}
	for weight, some := range all {
		for _, f := range some {
			p.weights[weight] = append(p.weights[weight], font.NewFace(f)) // a face serves one goroutine
		}
	}
	return p, nil
}

// style is how text looks.
type style struct {
	weight string
	size   int // px
	color  color.Color
}

// lines shapes text and breaks it into lines of at most width px, of which at
// most limit are kept; the last ends with … where some are not.
func (p *pen) lines(text string, s style, width, limit int) []shaping.Line {
	shape := func(text string) []shaping.Output {
		var all []shaping.Output
		runes := []rune(text)
		for _, run := range p.segmenter.Split(shaping.Input{
			Text: runes, RunEnd: len(runes), Direction: p.direction, Size: fixed.I(s.size), Language: language.NewLanguage(p.lang),
		}, p.weights[s.weight]) {
			all = append(all, p.shaper.Shape(run))
		}
		return all
	}
	config := shaping.WrapConfig{Direction: p.direction, TruncateAfterLines: limit}
	if cut := shape("…"); len(cut) == 1 {
		config.Truncator = cut[0]
	}
	broken, _ := p.wrapper.WrapParagraph(config, width, []rune(text), shaping.NewSliceIterator(shape(text)))
	all := make([]shaping.Line, len(broken))
	for i, line := range broken { // the wrapper uses its lines again
		all[i] = slices.Clone(line)
		slices.SortFunc(all[i], func(a, b shaping.Output) int { return int(a.VisualIndex - b.VisualIndex) })
	}
	return all
}

// draw writes a line from x on, or up to x where the script runs from right to
// left, on the base line y.
func (p *pen) draw(line shaping.Line, s style, x, y int) {
	if p.direction == di.DirectionRTL {
		x -= widthOf(line)
	}
	r := render.Renderer{FontSize: float32(s.size), Color: s.color}
	at := fixed.I(x)
	for _, run := range line { // on its own part of the picture, because all of it is gone through
		part := image.Rect(at.Floor()-s.size, y-2*s.size, (at+run.Advance).Ceil()+s.size, y+s.size).Intersect(p.on.Bounds())
		r.DrawShapedRunAt(run, p.on.SubImage(part).(*image.RGBA), at.Round()-part.Min.X, y-part.Min.Y)
		at += run.Advance
	}
}

// write writes text in one line of at most width px, and returns its width.
func (p *pen) write(text string, s style, x, y, width int) int {
	lines := p.lines(text, s, width, 1)
	if len(lines) == 0 {
		return 0
	}
	p.draw(lines[0], s, x, y)
	return widthOf(lines[0])
}

// widthOf is the width of a line in px.
func widthOf(line shaping.Line) int {
	var sum fixed.Int26_6
	for _, run := range line {
		sum += run.Advance
	}
	return sum.Ceil()
}
