package view

import (
	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/heatmap"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/locale"
	"github.com/outcry/outcry/pkg/status"
	"github.com/outcry/outcry/pkg/window"
)

// ServicePage is the page of one service.
type ServicePage struct {
	Frame
	Name      string
	Category  string
	Provider  string // empty where it is the service's own name
	Verdict   Verdict
	Sentence  []locale.Part
	Hot       bool // the strong part of the sentence is trouble
	Reason    string
	Echo      []locale.Part // empty: the trouble is its own
	From      string        // the breadth of the reports
	Form      Form
	Chart     *Chart
	Split     *Split
	Countries *Countries
	Related   *Related
	Timeline  *Timeline
	Quotes    *Quotes
	History   string // address of the page of past incidents
	Before    string // what it holds
	Tell      *Tell
	Mail      *MailOffer // nil if there are no messages by e-mail
	Running   string     // ID of the incident that goes on; empty without one
	Kept      *Kept      // for a copy on the visitor's device; nil: the page is not kept there
}

// ServiceData is what the page of a service shows. What could not be read is
// nil.
type ServiceData struct {
	Status    *status.Status
	Series    *status.Series
	Range     Range // of series
	Breakdown *status.Breakdown
	Countries *status.Countries
	All       []status.Status
	Incidents []incident.Incident // of the last days, latest first
	Running   *incident.Incident
	Timeline  []incident.Event // of running
	Movement  *Movement        // of symptoms
	HasMail   bool             // whether there are messages by e-mail
	PushKey   string           // public key for push services; empty if nobody can subscribe
}

// NewServicePage makes the page of a service. Parts whose data is missing are
// left out.
func NewServicePage(f Frame, service *catalog.Service, data ServiceData, c Choices, a Answer, names Labels) ServicePage {
	l := f.Locale
	p := ServicePage{Frame: f, Name: names.Service(service.Slug), Category: names.category(service.Category)}
	if provider := names.provider(service.Provider); provider != p.Name {
		p.Provider = provider
	}
	now := status.Status{Level: detect.Unknown, Window: window.Default}
	if data.Status != nil {
		now = *data.Status
	}
	now = a.Including(now)
	p.Verdict = NewVerdict(l, now)
	p.Sentence = Sentence(l, now, names.CountryInSentence)
	p.Hot = InTrouble(now)
	p.Reason = levelSentences(l, now, names)
	if now.EchoOf != "" {
		p.Echo = echoSentence(l, "reason_echo", "reason_echo_follows", p.Name, echoing{now.EchoOf, now.EchoShare, now.EchoFit}, f, names)
	}
	if data.Status == nil {
		p.Verdict.When = nil
		p.Sentence, p.Reason = locale.Parts(l.Say("why_unread")), ""
	}
	p.Title = l.Fill("service_title", locale.Values{"Service": p.Name, "Level": l.Say(SentenceKey(now)), "Brand": l.Say("brand")})
	p.Description = l.Fill("service_description", locale.Values{"Service": p.Name, "Level": p.Verdict.Word, "Time": l.ZonedTime(now.AsOf), "Date": f.Date})
	if data.Status != nil && a.Kind == "" {
		p.Kept = newKept(l, now.AsOf)
	}
	p.Tell, p.Running = newTell(l, service.Slug, data.PushKey), runningID(data.Running)
	p.Form = NewForm(l, f.To(f.Path), service, now, data.Status != nil, a, names)

	path := f.To(f.Path)
	if data.Series != nil {
		p.Chart = DrawChart(l, *data.Series, data.Range, now, c.Scale, data.Incidents...)
		if p.Chart != nil {
			p.Chart.Ranges = rangeChoices(l, path, c, data.Range)
			p.Chart.Without = newExcluded(l, now.Excluded)
			p.Chart.Scales = scaleChoices(l, path, c, p.Chart.Scale)
		}
	}
	if data.Breakdown != nil {
		p.Split = newSplit(l, *data.Breakdown, data.Movement, names.Symptom)
		p.Split.Windows = windowChoices(l, path, c, "split")
	}
	if data.Countries != nil && data.Countries.Total > 0 { // the split says that there was none
		p.Countries = newCountries(l, *data.Countries, c.Metric, names)
		p.Countries.Map = DrawHeatmap(l, *data.Countries, c.Metric, names, f.Assets.World)
		p.Countries.Metrics = MetricChoices(l, c.Metric, func(m heatmap.Metric) string {
			return withQuery(path, c.Query(), "metric", metricQuery(m)) + "#countries"
		})
		p.Countries.Windows = windowChoices(l, path, c, "countries")
	}
	if data.All != nil {
		p.Related = newRelated(l, service, data.All, f.Prefix, names)
	}
	if data.HasMail {
		p.Mail = newMailOffer(&p.Frame, path, p.Name)
	}
	p.History, p.Before = path+"/history", earlierIncidents(l, data, p.Name)
	if data.Running != nil {
		p.Timeline = newTimeline(l, *data.Running, data.Timeline, maxEntriesNow)
		p.Timeline.Href = f.To("/incidents/" + data.Running.ID)
		if data.Status != nil {
			p.Quotes = newQuotes(&f, presentQuotes(&f, p.Name, *data.Status, names), data.Running.ID)
		}
	}
	return p
}

// earlierIncidents words the link to the history of the service.
func earlierIncidents(l *locale.Locale, data ServiceData, name string) string {
	if n := len(data.Incidents); n > 0 {
		return l.Count("before_some", int64(n), locale.Values{"Service": name})
	}
	return l.Fill("before_none", locale.Values{"Service": name})
}

// presentQuotes returns quotes about the present window: of the world and of the
// country with most reports.
func presentQuotes(f *Frame, name string, now status.Status, names Labels) []string {
	if now.Observed == 0 || now.Level == detect.Unknown {
		return nil
	}
	q := quotable{service: name, at: now.AsOf, window: now.Window, count: now.Observed, expected: now.Expected, symptoms: now.Breakdown("").Symptoms}
	lines := []string{quoteLine(f.Locale, q, f.Simulated, names)}
	if worst, ok := MostReports(now); ok {
		q.country, q.count, q.expected = names.CountryInSentence(worst.Code), worst.Count, worst.Expected
		q.symptoms = now.Breakdown(worst.Code).Symptoms
		lines = append(lines, quoteLine(f.Locale, q, f.Simulated, names))
	}
	return lines
}
