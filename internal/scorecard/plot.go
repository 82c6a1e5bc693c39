package main

import (
	"bytes"
	"fmt"
	"math"
)

// plot is a drawing of lines over a logarithmic x axis.
type plot struct {
	title, x, y string
	names       []string
	lines       [][]point
}

// The size of the drawing and the edges of its axes, in pixels.
const (
	plotWidth, plotHeight  = 640.0, 360.0
	left, right, top, base = 60.0, 620.0, 40.0, 300.0
)

// colours are those of the lines. They differ in lightness as well as in hue.
var colours = []string{"#0b3c5d", "#d1495b", "#8a8a00", "#30a5b5", "#b48ead", "#4f6d3a"}

func (p *plot) svg() []byte {
	least, most, highest := math.Inf(1), 0.0, 0.0
	for _, line := range p.lines {
		for _, q := range line {
			if q.falsePerWeek > 0 {
				least = min(least, q.falsePerWeek)
			}
			most = max(most, q.falsePerWeek)
			highest = max(highest, q.found)
		}
	}
	if math.IsInf(least, 1) {
		least, most = 0.1, 1
	}
	if highest == 0 {
		highest = 0.01
	}
	low, high := math.Floor(math.Log10(least)), math.Ceil(math.Log10(most)+1e-9)
	if p.x == "false alarms per series-week" {
		low-- // room for the label "none"
	}
	high = max(high, low+1)
	atX := func(v float64) float64 {
		return left + (right-left)*min(max((math.Log10(max(v, 1e-12))-low)/(high-low), 0), 1)
	}
	atY := func(v float64) float64 { return base - (base-top)*v/(highest*1.05) }
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %g %g" role="img" font-family="sans-serif" font-size="12">`+"\n", plotWidth, plotHeight)
	fmt.Fprintf(&b, `<title>%s</title><rect width="100%%" height="100%%" fill="#fff"/><text x="%g" y="22" font-size="14">%s</text>`+"\n", p.title, left, p.title)
	for e := low; e <= high; e++ {
		x := atX(math.Pow(10, e))
		label := fmt.Sprintf("%g", math.Pow(10, e))
		if e == low && p.x == "false alarms per series-week" {
			label = "none"
		}
		fmt.Fprintf(&b, `<path d="M%.1f %gV%g" stroke="#ddd"/><text x="%.1f" y="%g" text-anchor="middle">%s</text>`+"\n", x, top, base, x, base+16, label)
	}
	for i := range 5 {
		v := highest * float64(i) / 4
		fmt.Fprintf(&b, `<path d="M%g %.1fH%g" stroke="#ddd"/><text x="%g" y="%.1f" text-anchor="end">%.3g</text>`+"\n", left, atY(v), right, left-6, atY(v)+4, v)
	}
	for i, line := range p.lines {
		colour := colours[i%len(colours)]
		fmt.Fprintf(&b, `<path fill="none" stroke="%s" stroke-width="2" d="`, colour)
		for k, q := range line {
			fmt.Fprintf(&b, "%c%.1f %.1f", "ML"[min(k, 1)], atX(q.falsePerWeek), atY(q.found))
		}
		b.WriteString("\"/>\n")
		for _, q := range line {
			fmt.Fprintf(&b, `<circle cx="%.1f" cy="%.1f" r="3" fill="%s"/>`, atX(q.falsePerWeek), atY(q.found), colour)
		}
		fmt.Fprintf(&b, "\n"+`<text x="%g" y="%g" fill="%s">%s</text>`+"\n", left+float64(i)*(right-left)/float64(len(p.names)), plotHeight-8, colour, p.names[i])
	}
	fmt.Fprintf(&b, `<text x="%g" y="%g" text-anchor="end">%s</text><text x="%g" y="36">%s</text>`+"\n</svg>\n", right, base+32, p.x, left, p.y)
	return b.Bytes()
}
