package card

import (
	"image"
	"image/color"

	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/font/opentype"
	"github.com/go-text/typesetting/shaping"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"
)

// drawRun fills the outlines of the glyphs of a run on a picture. The first one
// stands at x on the base line y.
func drawRun(picture *image.RGBA, run shaping.Output, size int, c color.Color, x fixed.Int26_6, y int) {
	// Only what may be drawn on is filled, because filling visits every pixel.
	part := image.Rect(x.Floor()-size, y-2*size, (x+run.Advance).Ceil()+size, y+size).Intersect(picture.Bounds())
	if part.Empty() {
		return
	}
	fill := vector.NewRasterizer(part.Dx(), part.Dy())
	scale := float32(size) / float32(run.Face.Upem())
	left, top := pixels(x)-float32(part.Min.X), float32(y-part.Min.Y)
	for _, g := range run.Glyphs {
		if outline, ok := run.Face.GlyphData(g.GlyphID).(font.GlyphOutline); ok { // our fonts have no pictures
			addOutline(fill, outline, scale, left+pixels(g.XOffset), top-pixels(g.YOffset))
		}
		left += pixels(g.Advance)
	}
	fill.Draw(picture, part, image.NewUniform(c), image.Point{})
}

// addOutline adds the contours of a glyph that stands at x on the base line y.
// Fonts measure upwards, pictures downwards.
func addOutline(fill *vector.Rasterizer, outline font.GlyphOutline, scale, x, y float32) {
	for _, s := range outline.Segments {
		at := func(i int) (px, py float32) { return x + s.Args[i].X*scale, y - s.Args[i].Y*scale }
		ax, ay := at(0)
		bx, by := at(1)
		cx, cy := at(2)
		switch s.Op {
		case opentype.SegmentOpMoveTo:
			fill.ClosePath()
			fill.MoveTo(ax, ay)
		case opentype.SegmentOpLineTo:
			fill.LineTo(ax, ay)
		case opentype.SegmentOpQuadTo:
			fill.QuadTo(ax, ay, bx, by)
		case opentype.SegmentOpCubeTo:
			fill.CubeTo(ax, ay, bx, by, cx, cy)
		}
	}
	fill.ClosePath()
}

// pixels returns a length of shaped text in pixels.
func pixels(v fixed.Int26_6) float32 { return float32(v) / 64 }
