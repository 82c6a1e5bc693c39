package card

import (
	"bytes"
	"embed"
	"fmt"
	"image"
	"image/color"
	"slices"
	"sync"

	"github.com/go-text/typesetting/di"
	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/language"
	"github.com/go-text/typesetting/shaping"
	"golang.org/x/image/math/fixed"
)

//go:embed fonts/*.ttf
var fontFiles embed.FS

// families are the fonts of cards. A letter is written in the first one that has it.
var families = []string{"NotoSans", "NotoSansBengali", "NotoSansDevanagari", "NotoSansArabic"}

// Weights of fonts.
const (
	regular = "Regular"
	bold    = "Bold"
)

// faces are the fonts of one weight. They implement shaping.Fontmap.
type faces []*font.Face

// ResolveFace returns the first font that has the letter r, or else the first font.
func (f faces) ResolveFace(r rune) *font.Face {
	for _, face := range f {
		if _, ok := face.NominalGlyph(r); ok {
			return face
		}
	}
	return f[0]
}

// fonts returns the fonts by weight, parsed at the first call.
var fonts = sync.OnceValues(func() (map[string][]*font.Font, error) {
	all := map[string][]*font.Font{}
	for _, weight := range []string{regular, bold} {
		for _, family := range families {
			data, err := fontFiles.ReadFile("fonts/" + family + "-" + weight + ".ttf")
			if err != nil {
				return nil, fmt.Errorf("read the font %s: %w", family, err)
			}
			face, err := font.ParseTTF(bytes.NewReader(data))
			if err != nil {
				return nil, fmt.Errorf("read the font %s: %w", family, err)
			}
			all[weight] = append(all[weight], face.Font)
		}
	}
	return all, nil
})

// pen writes text on a picture. It is not safe for concurrent use.
type pen struct {
	picture   *image.RGBA
	lang      string
	direction di.Direction
	weights   map[string]faces
	shaper    shaping.HarfbuzzShaper
	segmenter shaping.Segmenter
	wrapper   shaping.LineWrapper
}

// newPen returns a pen for text in lang on picture.
func newPen(picture *image.RGBA, lang string, rtl bool) (*pen, error) {
	p := &pen{picture: picture, lang: lang, direction: di.DirectionLTR, weights: map[string]faces{}}
	if rtl {
		p.direction = di.DirectionRTL
	}
	all, err := fonts()
	if err != nil {
		return nil, err
	}
	for weight, list := range all {
		for _, f := range list {
			p.weights[weight] = append(p.weights[weight], font.NewFace(f)) // a face is not safe for concurrent use
		}
	}
	return p, nil
}

// style is the look of text.
type style struct {
	weight string
	size   int // px
	color  color.Color
}

// lines shapes text and breaks it into at most limit lines of at most width px. If
// the text is longer, the last line ends with an ellipsis.
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
	if ellipsis := shape("…"); len(ellipsis) == 1 {
		config.Truncator = ellipsis[0]
	}
	broken, _ := p.wrapper.WrapParagraph(config, width, []rune(text), shaping.NewSliceIterator(shape(text)))
	all := make([]shaping.Line, len(broken))
	for i, line := range broken { // the wrapper reuses its lines
		all[i] = slices.Clone(line)
		slices.SortFunc(all[i], func(a, b shaping.Output) int { return int(a.VisualIndex - b.VisualIndex) })
	}
	return all
}

// draw writes a line on the base line y. The line begins at x, which is its right
// end if the script runs from right to left.
func (p *pen) draw(line shaping.Line, s style, x, y int) {
	if p.direction == di.DirectionRTL {
		x -= widthOf(line)
	}
	at := fixed.I(x)
	for _, run := range line {
		drawRun(p.picture, run, s.size, s.color, at, y)
		at += run.Advance
	}
}

// write writes text in one line of at most width px, and returns its width in px.
func (p *pen) write(text string, s style, x, y, width int) int {
	lines := p.lines(text, s, width, 1)
	if len(lines) == 0 {
		return 0
	}
	p.draw(lines[0], s, x, y)
	return widthOf(lines[0])
}

// widthOf returns the width of a line in px.
func widthOf(line shaping.Line) int {
	var sum fixed.Int26_6
	for _, run := range line {
		sum += run.Advance
	}
	return sum.Ceil()
}
