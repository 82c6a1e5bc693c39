package view

import (
	"math"
	"time"

	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/locale"
)

// minStripWidth is the least width of a strip as a share of the chart, so that a
// short level stays visible.
const minStripWidth = 0.004

// strip draws a level that held between two times.
func (d drawing) strip(from, to time.Time, level string) Strip {
	end := d.x(to)
	return Strip{interval{math.Max(0, math.Min(d.x(from), end-minStripWidth)), end}.span(), level}
}

// strips draws the levels of incidents within the chart.
func (d drawing) strips(incidents []incident.Incident) []Strip {
	var all []Strip
	add := func(from, to time.Time, level string) {
		if from.Before(to) && d.start.Before(to) && from.Before(d.end) {
			all = append(all, d.strip(from, to, level))
		}
	}
	for _, inc := range incidents {
		end := inc.Resolved
		if end.IsZero() {
			end = d.asOf
		}
		declared, easing := inc.Declared, inc.Easing
		if declared.IsZero() {
			declared = end
		}
		if easing.IsZero() || easing.Before(declared) {
			easing = end
		}
		add(inc.Suspected, declared, "warning")
		add(declared, easing, "outage")
		add(easing, end, "warning")
	}
	return all
}

// onsets marks the onsets of incidents within the chart.
func (d drawing) onsets(l *locale.Locale, incidents []incident.Incident) []Onset {
	var all []Onset
	for _, inc := range incidents {
		if inc.Onset.After(d.start) && inc.Onset.Before(d.end) {
			all = append(all, Onset{X: percent(100 * d.x(inc.Onset)), Title: l.Fill("chart_onset", locale.Values{"Time": l.Clock(inc.Onset)})})
		}
	}
	return all
}
