package view

import (
	"math"
	"strconv"
	"time"

	"github.com/outcry/outcry/pkg/status"
)

// The plot lies between these heights of a chart, in per cent from the top;
// the time axis and the strip of levels lie below.
const (
	plotTop    = 7.0
	plotBottom = 85.0
	headroom   = 1.12 // of the scale above the largest value
)

// Scale maps counts to heights.
type Scale string

// All scales.
const (
	Tens Scale = "tens" // each line is ten times the one below
	Even Scale = "even" // each line is as far above the one below
)

// tensFrom is how many times the expected count a peak must be for a scale by
// tens. On an even scale the usual range would then be a hairline.
const tensFrom = 50

// Span is a stretch of a drawing, in per cent of its width.
type Span struct{ X, Width string }

// plot maps times and counts to places in a drawing.
type plot struct {
	start, end time.Time
	low, high  float64 // the values at the bottom and the top
	scale      Scale
}

// newPlot chooses the axes for a series.
func newPlot(s status.Series, scale Scale) plot {
	p := plot{start: s.Points[0].Start, scale: scale}
	p.end = s.Points[len(s.Points)-1].Start.Add(s.Step)
	smallest := math.Inf(1)
	for _, point := range s.Points {
		if point.Known {
			p.high = math.Max(p.high, float64(point.Count))
			smallest = math.Min(smallest, float64(point.Count))
		}
		p.high = math.Max(p.high, point.Upper)
		smallest = math.Min(smallest, lower(point))
	}
	p.high = math.Max(p.high, 4) // a chart of nothing still has a scale
	if scale == Tens {
		// Small series begin at 0; in large ones the lines begin below the lowest.
		if smallest >= 30 && !math.IsInf(smallest, 1) {
			p.low = math.Pow10(int(math.Log10(smallest))) / 1.6
		}
		p.high = math.Expm1(math.Log1p(p.low) + (math.Log1p(p.high)-math.Log1p(p.low))*headroom)
	} else {
		p.high *= headroom
	}
	return p
}

// lower returns the lower edge of the usual range. Detection judges by the upper
// edge only; for drawing, the lower edge divides the expected count by the
// factor that the upper edge multiplies it with.
func lower(p status.Point) float64 {
	if p.Upper <= 0 {
		return 0
	}
	return p.Expected * p.Expected / p.Upper
}

// x returns the place of t, from 0 to 1.
func (p plot) x(t time.Time) float64 {
	return math.Min(1, math.Max(0, float64(t.Sub(p.start))/float64(p.end.Sub(p.start))))
}

// y returns the height of n, in per cent from the top.
func (p plot) y(n float64) float64 {
	share := (n - p.low) / (p.high - p.low)
	if p.scale == Tens {
		share = (math.Log1p(n) - math.Log1p(p.low)) / (math.Log1p(p.high) - math.Log1p(p.low))
	}
	return plotBottom - math.Min(1, math.Max(0, share))*(plotBottom-plotTop)
}

// lines returns the counts at which the grid has lines.
func (p plot) lines() []float64 {
	var all []float64
	if p.scale == Tens {
		for n := 1.0; n <= p.high; n *= 10 {
			if y := p.y(n); n > p.low && plotTop+4 < y && y < plotBottom-3 {
				all = append(all, n)
			}
		}
		return all
	}
	step := evenStep(p.high)
	for n := step; n <= p.high; n += step {
		all = append(all, n)
	}
	return all
}

// evenStep returns the distance of the lines of an even scale: 1, 2 or 5 times a
// power of ten that gives two to five lines up to high.
func evenStep(high float64) float64 {
	power := math.Pow10(int(math.Floor(math.Log10(high))))
	for _, m := range []float64{0.2, 0.5, 1, 2} {
		if step := m * power; step >= 1 && high/step <= 5 {
			return step
		}
	}
	return math.Max(1, 2*power)
}

// bestScale returns the scale that suits a series.
func bestScale(s status.Series) Scale {
	for _, p := range s.Points {
		if p.Known && float64(p.Count) > tensFrom*math.Max(p.Expected, 1) {
			return Tens
		}
	}
	return Even
}

// interval is a stretch of the time axis, from 0 to 1.
type interval struct{ from, to float64 }

func (g interval) span() Span {
	return Span{X: percent(100 * g.from), Width: percent(100 * (g.to - g.from))}
}

// percent writes a place for an attribute, in per cent.
func percent(f float64) string { return strconv.FormatFloat(math.Round(100*f)/100, 'f', -1, 64) + "%" }

// thousandth writes a place from 0 to 1 for a path in the box of 1000.
func thousandth(f float64) string { return strconv.Itoa(int(math.Round(1000 * f))) }
