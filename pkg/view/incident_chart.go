package view

import (
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/locale"
	"github.com/outcry/outcry/pkg/status"
)

// incidentChart draws the course of an incident with its surroundings, and marks
// its onset and its end.
func incidentChart(l *locale.Locale, series status.Series, r Range, inc incident.Incident) *Chart {
	whole := settled(series, status.Status{})
	if len(whole.Points) < 2 {
		return nil
	}
	d, c := drawPlainChart(l, series, whole, r, "")
	c.Title = l.Say("incident_chart_none")
	if inc.Peak.Window > 0 {
		c.Title = l.Fill("incident_chart", locale.Values{"Time": l.Clock(inc.Peak.At)})
	}
	c.Mark = d.markAt(l, "chart_mark_onset", inc.Onset, markHeight, "end")
	if !inc.Resolved.IsZero() {
		c.End = d.markAt(l, "chart_mark_over", inc.Resolved, overHeight, "start")
	}
	c.drawGaps(l, d)
	c.Strips = d.strips([]incident.Incident{inc})
	c.chooseKeys()
	return c
}
