package view

import (
	"math"
	"slices"
	"strings"
	"time"

	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/locale"
	"github.com/outcry/outcry/pkg/status"
)

// Spark is a small chart without axes, on its own scale.
type Spark struct {
	Label string
	Band  string // path of the usual range
	Line  string // path
	Hot   bool   // it ends above the usual range
	Gaps  []Span
}

// Sparks holds the sparks of services in a list, all over the same time.
type Sparks struct {
	title string // over which time
	of    map[string]*Spark
	names Labels
	now   time.Time
}

// NewSparks returns an empty set of sparks that end at now.
func NewSparks(names Labels, now time.Time) Sparks {
	return Sparks{of: map[string]*Spark{}, names: names, now: now}
}

// Draw adds the spark of a service, if its series has at least two complete
// steps.
func (d *Sparks) Draw(one status.Status, series status.Series) {
	series = settled(series, one)
	if len(series.Points) < 2 {
		return
	}
	l := d.names.Locale
	from, to := l.Clock(series.Points[0].Start), l.Time(d.now)
	label := l.Count("home_spark_label", minutesOf(series), locale.Values{"Service": d.names.Service(one.Service), "From": from, "To": to})
	d.of[one.Service] = drawSpark(series, label)
	d.title = l.Fill("home_now_spark", locale.Values{"From": from, "To": to})
}

// WorstServices returns at most this many services that are not ok, worst first.
// It returns none if no service could be counted.
func WorstServices(all []status.Status, most int) []status.Status {
	if allUnknown(all) {
		return nil
	}
	var shown []status.Status
	for _, one := range slices.SortedStableFunc(slices.Values(all), compareTrouble) {
		if one.Level != detect.OK && len(shown) < most {
			shown = append(shown, one)
		}
	}
	return shown
}

// The drawing keeps these distances from the edges of its box of 1000.
const (
	sparkTop    = 0.04
	sparkBottom = 0.96
)

// drawSpark draws a series. It returns nil for a series of fewer than two
// points.
func drawSpark(s status.Series, label string) *Spark {
	n := len(s.Points)
	if n < 2 {
		return nil
	}
	high := 1.0
	for _, p := range s.Points {
		high = math.Max(high, p.Upper)
		if p.Known {
			high = math.Max(high, float64(p.Count))
		}
	}
	x := func(i int) float64 { return float64(i) / float64(n-1) }
	y := func(v float64) float64 { return sparkBottom - v/high*(sparkBottom-sparkTop) }

	v := &Spark{Label: label}
	var line, upper strings.Builder
	var under []string
	broken := true
	var gaps []interval
	for i, p := range s.Points {
		at := thousandth(x(i)) + " "
		command := "L"
		if i == 0 {
			command = "M"
		}
		upper.WriteString(command + at + thousandth(y(p.Upper)))
		under = append(under, at+thousandth(y(lower(p))))
		if !p.Known {
			gaps = appendGap(gaps, interval{math.Max(0, x(i)-0.5/float64(n-1)), math.Min(1, x(i)+0.5/float64(n-1))}, broken)
			broken = true
			continue
		}
		if broken {
			command = "M"
		} else {
			command = "L"
		}
		line.WriteString(command + at + thousandth(y(float64(p.Count))))
		if broken && (i == n-1 || !s.Points[i+1].Known) { // a point alone is seen as a dash
			dash := "h40"
			if i == n-1 {
				dash = "h-40"
			}
			line.WriteString(dash)
		}
		v.Hot = p.Upper > 0 && float64(p.Count) > p.Upper
		broken = false
	}
	for i := len(under) - 1; i >= 0; i-- {
		upper.WriteString("L" + under[i])
	}
	v.Line, v.Band = line.String(), upper.String()+"z"
	for _, g := range gaps {
		v.Gaps = append(v.Gaps, g.span())
	}
	return v
}

// appendGap adds g to gaps, or extends the last gap if g continues it.
func appendGap(gaps []interval, g interval, goesOn bool) []interval {
	if goesOn && len(gaps) > 0 && gaps[len(gaps)-1].to >= g.from-1e-9 {
		gaps[len(gaps)-1].to = g.to
		return gaps
	}
	return append(gaps, g)
}
