package card

import (
	"math"

	"git.sr.ht/~sbinet/gg"
)

// drawSymbol draws the symbol of a level around a point. An outage is an octagon
// with a bar, a warning a triangle with an exclamation mark, ok a ring and unknown a
// broken ring.
func drawSymbol(g *gg.Context, level string, x, y, radius float64) {
	switch level {
	case "outage":
		g.DrawRegularPolygon(8, x, y, radius, math.Pi/8)
		g.SetColor(white)
		g.Fill()
		g.DrawRectangle(x-radius*.6, y-radius*.2, radius*1.2, radius*.4)
		g.SetColor(trouble)
		g.Fill()
	case "warning":
		g.DrawRegularPolygon(3, x, y+radius*.2, radius*1.1, 0)
		g.SetColor(trouble)
		g.Fill()
		g.SetColor(tint)
		g.DrawRectangle(x-radius*.1, y-radius*.35, radius*.2, radius*.6)
		g.DrawRectangle(x-radius*.1, y+radius*.4, radius*.2, radius*.2)
		g.Fill()
	default:
		g.SetColor(ink2)
		g.SetLineWidth(radius * .3)
		if level == "unknown" {
			g.SetDash(radius*.4, radius*.38)
		}
		g.DrawCircle(x, y, radius*.8)
		g.Stroke()
		g.SetDash()
	}
}
