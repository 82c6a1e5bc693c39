package web

import (
	"time"

	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/heatmap"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/locale"
	"github.com/outcry/outcry/pkg/status"
	"github.com/outcry/outcry/pkg/window"
)

// IncidentPage tells one incident.
type IncidentPage struct {
	Frame
	Name      string
	Href      string // of the service's page
	History   string // of its history
	Head      string
	Verdict   Verdict
	Sentence  []locale.Part
	Echo      []locale.Part // empty: the trouble is, or was, its own
	Facts     []Fact
	Chart     *Chart
	Split     *Split
	Countries *Countries
	Timeline  *Timeline
	Linked    []Row
	Quotes    *Quotes
}

// Fact is a figure and what it is.
type Fact struct{ Name, Value string }

// incidentPage makes the page of an incident from what is known of it.
func (s *Site) incidentPage(f Frame, service *catalog.Service, d incidentData, m heatmap.Metric, now time.Time) IncidentPage {
	l, names, inc := f.Locale, labels{s.Catalog, f.Locale}, d.incident
	p := IncidentPage{Frame: f, Name: service.Names.In(f.Code), Href: f.To("/" + inc.Service), History: f.To("/" + inc.Service + "/history")}
	over := inc.State == incident.Resolved
	p.Index = true
	if !over {
		p.Live = inc.Service
	}
	length := l.Duration(ended(inc, now).Sub(inc.Onset))
	p.Head = l.Fill(headKey(inc), locale.Values{"Service": p.Name, "Length": length})
	p.Title = l.Fill("incident_title", locale.Values{"Service": p.Name, "Date": l.Date(inc.Onset), "Level": l.Say(pastKey(inc)), "Brand": l.Say("brand")})
	p.Verdict = incidentVerdict(l, inc)
	p.Sentence = locale.Parts(incidentSentence(l, d, names))
	p.Description = locale.PlainText(p.Sentence)
	switch {
	case inc.EchoOf != "" && over:
		p.Echo = echo(l, "reason_was_echo", p.Name, inc.EchoOf, f, names)
	case inc.EchoOf != "":
		p.Echo = echo(l, "reason_echo", p.Name, inc.EchoOf, f, names)
	}
	p.Facts = facts(l, d, length)
	if d.series != nil {
		p.Chart = incidentChart(l, *d.series, d.reach, inc)
	}
	if d.totals.Total > 0 {
		p.Split = &Split{Note: l.Count("incident_split_note", d.totals.Total, nil)}
		p.Split.rows(l, d.totals.Symptoms, d.moved, names.symptom)
		p.Countries = incidentCountries(l, d, m, names)
		p.Countries.Map = heat(l, status.Countries{AsOf: d.totals.To, Window: d.totals.To.Sub(d.totals.From).Round(time.Minute), Total: d.totals.Total, Countries: d.totals.Countries}, m, names, s.assets.World)
		p.Countries.Metrics = metricChoices(l, m, func(m heatmap.Metric) string {
			return with(f.To(f.Path), nil, "metric", nonDefault(m)) + "#countries"
		})
	}
	p.Timeline = timeline(l, inc, d.timeline, maxEntries)
	for _, other := range d.linked {
		p.Linked = append(p.Linked, Row{Name: names.service(other.Service), Href: f.To("/incidents/" + other.ID), Look: levelLook(other),
			Level: l.Say(inlinePast(other)), Counts: l.Fill("linked_note", locale.Values{"Time": l.Clock(other.Onset), "Length": l.Duration(ended(other, now).Sub(other.Onset))})})
	}
	p.Quotes = quotes(&f, s.quotesThen(l, p.Name, d, names), inc.ID)
	return p
}

// headKey is the message that says what happened, in a headline.
func headKey(inc incident.Incident) string {
	switch over, declared := inc.State == incident.Resolved, !inc.Declared.IsZero(); {
	case over && declared:
		return "incident_was_down"
	case over:
		return "incident_was_warned"
	case declared:
		return "incident_is_down"
	}
	return "incident_is_warned"
}

// inlinePast is the word for the highest level of an incident within a sentence.
func inlinePast(inc incident.Incident) string {
	if inc.Declared.IsZero() {
		return "inline_warning"
	}
	return "inline_outage"
}

// incidentVerdict says how the incident stands.
func incidentVerdict(l *locale.Locale, inc incident.Incident) Verdict {
	s := status.Status{Level: inc.Level, State: inc.State}
	if inc.State == incident.Resolved {
		s.Level = detect.OK
	}
	v := Verdict{Level: look(s), Shape: look(s), Word: l.Say(levelKey(s))}
	v.When = append(v.When, l.Moment("from_time", inc.Onset))
	switch {
	case !inc.Resolved.IsZero():
		v.When = append(v.When, l.Moment("to_time", inc.Resolved))
	case !inc.Updated.IsZero():
		v.When = append(v.When, l.Moment("as_of", inc.Updated))
	}
	return v
}

// incidentSentence says how much was reported, where from, and the peak.
func incidentSentence(l *locale.Locale, d incidentData, names labels) string {
	inc := d.incident
	text := l.Fill("incident_why", locale.Values{
		"Reports":   locale.Capitalize(l.CountRounded("n_reports", inc.Reports, nil)),
		"Countries": l.Count("n_countries", int64(max(len(d.totals.Countries), len(inc.Countries))), nil),
	})
	if inc.Peak.Observed > 0 {
		text = locale.Join(text, l.CountRounded("incident_peak", inc.Peak.Observed,
			locale.Values{"Time": l.Clock(inc.Peak.At), "Window": l.InWindow(inc.Peak.Window), "Usual": l.ExpectedPeople(inc.Peak.Expected)}))
	}
	if first, second := leaders(d.totals.Symptoms); first.Low > second.High {
		text = locale.Join(text, l.Fill("incident_said", locale.Values{"Symptom": l.InSentence(names.symptom(first.Symptom))}))
	}
	return text
}

// facts are the figures of an incident.
func facts(l *locale.Locale, d incidentData, length string) []Fact {
	inc := d.incident
	all := []Fact{
		{l.Fill("fact_peak", locale.Values{"Window": l.InWindow(inc.Peak.Window)}), l.Number(inc.Peak.Observed)},
		{l.Say("fact_reports"), l.Number(inc.Reports)},
		{l.Say("fact_lasted"), length},
	}
	if !inc.Declared.IsZero() {
		all = append(all, Fact{l.Say("fact_declared"), l.Duration(inc.Declared.Sub(inc.Onset))})
	}
	all = append(all, Fact{l.Say("fact_countries"), l.Number(int64(max(len(d.totals.Countries), len(inc.Countries))))})
	if inc.Verdict.Networks > 0 {
		all = append(all, Fact{l.Say("fact_networks"), l.Number(int64(inc.Verdict.Networks))})
	}
	return all
}

// incidentChart draws the course of an incident with an hour before and after
// it, and marks where it began and was over.
func incidentChart(l *locale.Locale, series status.Series, r reach, inc incident.Incident) *Chart {
	whole := settled(series, status.Status{})
	if len(whole.Points) < 2 {
		return nil
	}
	d, c := plain(l, series, whole, r, "")
	c.Title = l.Fill("incident_chart", locale.Values{"Time": l.Clock(inc.Peak.At)})
	c.Mark = d.at(l, "chart_mark_onset", inc.Onset, markHeight, "end")
	if !inc.Resolved.IsZero() {
		c.End = d.at(l, "chart_mark_over", inc.Resolved, overHeight, "start")
	}
	c.name(l, d)
	c.Strips = d.strips([]incident.Incident{inc})
	c.keys()
	return c
}

// incidentCountries is the table of where the reports of an incident came from.
func incidentCountries(l *locale.Locale, d incidentData, m heatmap.Metric, names labels) *Countries {
	all := d.totals.Countries
	v := &Countries{Title: countriesTitle(l, all, m, names.countryWithin), Caption: l.Say("incident_countries")}
	v.Note = locale.Capitalize(l.Fill("incident_countries_note", locale.Values{"Reports": l.Count("n_reports", d.totals.Total, nil), "Countries": l.Count("n_countries", int64(len(all)), nil)}))
	v.rows(l, heatmap.Sorted(all, m), names)
	return v
}

// quotesThen are lines about the largest window of an incident: of the world,
// and of the countries that reported most.
func (s *Site) quotesThen(l *locale.Locale, name string, d incidentData, names labels) []string {
	if d.peak.Total == 0 {
		return nil
	}
	at := d.incident.Peak.At
	if d.peak.To.Sub(at) > window.Width { // only whole quarters are kept of it
		at = d.peak.To
	}
	q := quotable{service: name, at: at, window: d.peak.To.Sub(d.peak.From), count: d.peak.Total, expected: d.incident.Peak.Expected, symptoms: d.peak.Symptoms}
	lines := []string{quote(l, q, s.Simulated, names)}
	for _, one := range d.local {
		c := one.Countries[0]
		q.country, q.count, q.expected, q.symptoms = names.countryWithin(c.Code), c.Count, c.Expected, one.Symptoms
		lines = append(lines, quote(l, q, s.Simulated, names))
	}
	return lines
}
