package view

import (
	"math"
	"slices"
	"strings"
	"time"

	"github.com/outcry/outcry/pkg/status"
)

// drawing turns the points of a series into paths.
type drawing struct {
	plot
	points []status.Point
	asOf   time.Time
	step   time.Duration
}

func newDrawing(s status.Series, scale Scale) drawing {
	return drawing{plot: newPlot(s, scale), points: s.Points, asOf: s.AsOf, step: s.Step}
}

// settled returns s without its running step, which would look like a drop. If a
// step is as long as the window of now, the count of the window takes its place.
func settled(s status.Series, now status.Status) status.Series {
	last := len(s.Points) - 1
	if last < 0 || !s.Points[last].Start.Add(s.Step).After(s.AsOf) {
		return s
	}
	if s.Step != now.Window {
		s.Points = s.Points[:last]
		return s
	}
	s.Points = slices.Clone(s.Points)
	s.Points[last].Count = now.Observed
	return s
}

// above reports whether the i-th point lies above the usual range.
func (d drawing) above(i int) bool {
	p := d.points[i]
	return p.Known && p.Upper > 0 && float64(p.Count) > p.Upper
}

// courses returns the path of the counts within the usual range and the path of
// those above it. Both are step lines, because a count belongs to a whole step,
// and both have gaps where nothing was counted.
func (d drawing) courses() (count, over string) {
	var paths [2]strings.Builder
	for i, p := range d.points {
		if !p.Known {
			continue
		}
		from, to, y := d.x(p.Start), d.x(d.until(p)), d.y(float64(p.Count))
		kind, joined := kindOf(d.above(i)), i > 0 && d.points[i-1].Known
		switch {
		case !joined:
			move(&paths[kind], from, y)
		case kind == kindOf(d.above(i-1)):
			rise(&paths[kind], y)
		case kind == 1: // leaves the range: the rise is part of what is above
			move(&paths[1], from, d.y(float64(d.points[i-1].Count)))
			rise(&paths[1], y)
		default: // returns: so is the fall
			rise(&paths[1], y)
			move(&paths[0], from, y)
		}
		paths[kind].WriteString("H" + thousandth(to))
	}
	return paths[0].String(), paths[1].String()
}

func kindOf(above bool) int {
	if above {
		return 1
	}
	return 0
}

func (d drawing) until(p status.Point) time.Time {
	if end := p.Start.Add(d.step); end.Before(d.asOf) {
		return end
	}
	return d.asOf
}

func move(b *strings.Builder, x, y float64) {
	b.WriteString("M" + thousandth(x) + " " + thousandth(y/100))
}

func rise(b *strings.Builder, y float64) { b.WriteString("V" + thousandth(y/100)) }

// bandEvery is how many steps lie between two corners of the band, which changes
// slowly.
const bandEvery = 4

// band returns the area of the usual range, or "" if the range is unknown.
func (d drawing) band() string {
	var upper, under []string
	usable := false
	last := len(d.points) - 1
	for i, p := range d.points {
		if i%bandEvery != 0 && i != last {
			continue
		}
		x := d.x(p.Start)
		if i == last {
			x = 1
		}
		usable = usable || p.Upper > 0
		upper = append(upper, thousandth(x)+" "+thousandth(d.y(p.Upper)/100))
		under = append(under, thousandth(x)+" "+thousandth(d.y(lower(p))/100))
	}
	if !usable {
		return ""
	}
	var b strings.Builder
	b.WriteString("M" + strings.Join(upper, "L"))
	for i := len(under) - 1; i >= 0; i-- {
		b.WriteString("L" + under[i])
	}
	return b.String() + "z"
}

// gaps returns the stretches that were not counted.
func (d drawing) gaps() []interval {
	var all []interval
	for i, p := range d.points {
		if p.Known {
			continue
		}
		from, to := d.x(p.Start), d.x(d.until(p))
		if i > 0 && !d.points[i-1].Known {
			all[len(all)-1].to = to
		} else {
			all = append(all, interval{from, to})
		}
	}
	return all
}

// riseIndex returns the first of the points at the end of the series that all
// lie above the usual range. Points that were not counted do not end the
// stretch. It returns -1 if the last counted point is not above.
func (d drawing) riseIndex() int {
	first := -1
	for i := len(d.points) - 1; i >= 0; i-- {
		if !d.points[i].Known {
			continue
		}
		if !d.above(i) {
			break
		}
		first = i
	}
	return first
}

// lastAbove returns the last point above the usual range, or -1.
func (d drawing) lastAbove() int {
	for i := len(d.points) - 1; i >= 0; i-- {
		if d.above(i) {
			return i
		}
	}
	return -1
}

func (d drawing) peak() (n int64) {
	for _, p := range d.points {
		if p.Known {
			n = max(n, p.Count)
		}
	}
	return n
}

// topBetween returns the height of the highest thing drawn between two points,
// in per cent from the top.
func (d drawing) topBetween(from, to int) float64 {
	y := plotBottom
	for i := max(0, from); i <= min(to, len(d.points)-1); i++ {
		y = math.Min(y, d.y(d.points[i].Upper))
		if d.points[i].Known {
			y = math.Min(y, d.y(float64(d.points[i].Count)))
		}
	}
	return y
}
