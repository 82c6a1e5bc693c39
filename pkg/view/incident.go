package view

import (
	"time"

	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/heatmap"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/locale"
	"github.com/outcry/outcry/pkg/status"
)

// IncidentPage is the permanent page of one incident.
type IncidentPage struct {
	Frame
	Name      string
	Href      string // of the service's page
	History   string // of its history
	Head      string
	Verdict   Verdict
	Sentence  []locale.Part
	Echo      []locale.Part // empty: the trouble is, or was, its own
	ByHand    *Corrections  // nil if the operators changed nothing
	Joined    string        // address of the incident that this one is part of now; empty if it is none
	Facts     []Fact
	Chart     *Chart
	Split     *Split
	Countries *Countries
	Timeline  *Timeline
	Linked    []Row
	Quotes    *Quotes
}

// Fact is a figure with its name.
type Fact struct{ Name, Value string }

// NewIncidentPage makes the page of an incident. Parts whose data is missing are
// left out.
func NewIncidentPage(f Frame, service *catalog.Service, d IncidentData, m heatmap.Metric, now time.Time, names Labels) IncidentPage {
	l, inc := f.Locale, d.Incident
	p := IncidentPage{Frame: f, Name: service.Names.In(f.Code), Href: f.To("/" + inc.Service), History: f.To("/" + inc.Service + "/history")}
	over := inc.State == incident.Resolved
	p.Index = !inc.IsRetracted()
	if !over {
		p.Live = inc.Service
	}
	length := l.Duration(EndOf(inc, now).Sub(inc.Onset))
	p.Head = l.Fill(headKey(inc), locale.Values{"Service": p.Name, "Length": length})
	p.Title = l.Fill("incident_title", locale.Values{"Service": p.Name, "Date": l.Date(inc.Onset), "Level": l.Say(incidentLevelKey(inc)), "Brand": l.Say("brand")})
	p.Verdict = incidentVerdict(l, inc)
	p.Sentence = locale.Parts(incidentSentence(l, d, names))
	p.Description = locale.PlainText(p.Sentence)
	switch {
	case inc.EchoOf != "" && over:
		p.Echo = echoSentence(l, "reason_was_echo", "reason_was_echo_follows", p.Name, echoing{inc.EchoOf, inc.EchoShare, inc.EchoFit}, f, names)
	case inc.EchoOf != "":
		p.Echo = echoSentence(l, "reason_echo", "reason_echo_follows", p.Name, echoing{inc.EchoOf, inc.EchoShare, inc.EchoFit}, f, names)
	}
	p.ByHand = newCorrections(l, inc, p.Name, names)
	if inc.MergedInto != "" {
		p.Joined = f.To("/incidents/" + inc.MergedInto)
	}
	p.Facts = incidentFacts(l, d, length)
	if d.Series != nil {
		p.Chart = incidentChart(l, *d.Series, d.Range, inc)
	}
	if d.Totals.Total > 0 {
		p.Split = &Split{Note: l.Count("incident_split_note", d.Totals.Total, nil)}
		p.Split.addRows(l, d.Totals.Symptoms, d.Movement, names.Symptom)
		p.Countries = incidentCountries(l, d, m, names)
		p.Countries.Map = DrawHeatmap(l, status.Countries{AsOf: d.Totals.To, Window: d.Totals.To.Sub(d.Totals.From).Round(time.Minute), Total: d.Totals.Total, Countries: d.Totals.Countries}, m, names, f.Assets.World)
		p.Countries.Metrics = MetricChoices(l, m, func(m heatmap.Metric) string {
			return withQuery(f.To(f.Path), nil, "metric", metricQuery(m)) + "#countries"
		})
	}
	p.Timeline = newTimeline(l, inc, d.Timeline, maxEntries)
	for _, other := range d.Linked {
		p.Linked = append(p.Linked, Row{Name: names.Service(other.Service), Href: f.To("/incidents/" + other.ID), Look: incidentLook(other),
			Level: l.Say(incidentSentenceKey(other)), Counts: l.Fill("linked_note", locale.Values{"Time": l.Time(other.Onset), "Length": l.Duration(EndOf(other, now).Sub(other.Onset))})})
	}
	p.Quotes = newQuotes(&f, peakQuotes(&f, p.Name, d, names), inc.ID)
	return p
}

// headKey returns the key of the headline.
func headKey(inc incident.Incident) string {
	switch over, declared := inc.State == incident.Resolved, !inc.Declared.IsZero(); {
	case inc.MergedInto != "":
		return "incident_merged"
	case inc.IsRetracted():
		return "incident_retracted"
	case over && declared:
		return "incident_was_down"
	case over:
		return "incident_was_warned"
	case declared:
		return "incident_is_down"
	}
	return "incident_is_warned"
}

// incidentVerdict words the state of an incident.
func incidentVerdict(l *locale.Locale, inc incident.Incident) Verdict {
	s := status.Status{Level: inc.Level, State: inc.State}
	if inc.State == incident.Resolved {
		s.Level = detect.OK
	}
	v := Verdict{Level: Look(s), Shape: Look(s), Word: l.Say(levelKey(s))}
	if inc.IsRetracted() {
		v.Level, v.Shape, v.Word = "unknown", "unknown", l.Say("level_retracted")
	}
	v.When = append(v.When, l.Moment("from_time", inc.Onset))
	switch {
	case !inc.Resolved.IsZero():
		v.When = append(v.When, l.Moment("to_time", inc.Resolved))
	case !inc.Updated.IsZero():
		v.When = append(v.When, l.Moment("as_of", inc.Updated))
	}
	return v
}

// incidentSentence writes how many reports there were, from how many countries,
// and the peak.
func incidentSentence(l *locale.Locale, d IncidentData, names Labels) string {
	inc := d.Incident
	text := l.Fill("incident_why", locale.Values{
		"Reports":   locale.Capitalize(l.CountRounded("n_reports", inc.Reports, nil)),
		"Countries": l.Count("n_countries", int64(max(len(d.Totals.Countries), len(inc.Countries))), nil),
	})
	if inc.Peak.Observed > 0 {
		text = locale.Join(text, l.CountRounded("incident_peak", inc.Peak.Observed,
			locale.Values{"Time": l.Time(inc.Peak.At), "Window": l.InWindow(inc.Peak.Window), "Usual": l.ExpectedPeople(inc.Peak.Expected)}))
	}
	if first, second := leaders(d.Totals.Symptoms); first.Low > second.High {
		text = locale.Join(text, l.Fill("incident_said", locale.Values{"Symptom": l.InSentence(names.Symptom(first.Symptom))}))
	}
	return text
}

// incidentFacts returns the figures of an incident.
func incidentFacts(l *locale.Locale, d IncidentData, length string) []Fact {
	inc := d.Incident
	var all []Fact
	if inc.Peak.Window > 0 { // one that an operator has just declared has no peak yet
		all = append(all, Fact{l.Fill("fact_peak", locale.Values{"Window": l.InWindow(inc.Peak.Window)}), l.Number(inc.Peak.Observed)})
	}
	all = append(all, Fact{l.Say("fact_reports"), l.Number(inc.Reports)}, Fact{l.Say("fact_lasted"), length})
	if !inc.Declared.IsZero() {
		all = append(all, Fact{l.Say("fact_declared"), l.Duration(inc.Declared.Sub(inc.Onset))})
	}
	all = append(all, Fact{l.Say("fact_countries"), l.Number(int64(max(len(d.Totals.Countries), len(inc.Countries))))})
	if inc.Verdict.Networks > 0 {
		all = append(all, Fact{l.Say("fact_networks"), l.Number(int64(inc.Verdict.Networks))})
	}
	return all
}

// incidentCountries returns the table of where the reports of an incident came
// from.
func incidentCountries(l *locale.Locale, d IncidentData, m heatmap.Metric, names Labels) *Countries {
	all := d.Totals.Countries
	v := &Countries{Title: countriesTitle(l, all, m, names.CountryInSentence), Caption: l.Say("incident_countries")}
	v.Note = locale.Capitalize(l.Fill("incident_countries_note", locale.Values{"Reports": l.Count("n_reports", d.Totals.Total, nil), "Countries": l.Count("n_countries", int64(len(all)), nil)}))
	v.addRows(l, heatmap.Sorted(all, m), names)
	return v
}

// peakQuotes returns quotes about the largest window of an incident: of the
// world and, while its reports are still kept by the minute, of the countries with
// most reports and with the shares of symptoms.
func peakQuotes(f *Frame, name string, d IncidentData, names Labels) []string {
	peak := d.Incident.Peak
	if peak.Observed == 0 {
		return nil
	}
	q := quotable{service: name, at: peak.At, window: peak.Window, count: peak.Observed, expected: peak.Expected}
	from, to := peak.Span()
	if d.Peak.Total != peak.Observed || !d.Peak.From.Equal(from) || !d.Peak.To.Equal(to) {
		return []string{quoteLine(f.Locale, q, f.Simulated, names)}
	}
	q.symptoms = d.Peak.Symptoms
	lines := []string{quoteLine(f.Locale, q, f.Simulated, names)}
	for _, one := range d.Local {
		c := one.Countries[0]
		q.country, q.count, q.expected, q.symptoms = names.CountryInSentence(c.Code), c.Count, c.Expected, one.Symptoms
		lines = append(lines, quoteLine(f.Locale, q, f.Simulated, names))
	}
	return lines
}

// IncidentData is what the page of an incident shows. What could not be read is
// nil or empty.
type IncidentData struct {
	Incident incident.Incident
	Timeline []incident.Event
	Linked   []incident.Incident
	Series   *status.Series
	Range    Range         // of series
	Totals   status.Totals // of all of it
	Peak     status.Totals // of its largest window
	Local    []status.Totals
	Movement *Movement
}

// EndOf returns when an incident was resolved, or now if it runs.
func EndOf(inc incident.Incident, now time.Time) time.Time {
	if inc.Resolved.IsZero() {
		return now
	}
	return inc.Resolved
}
