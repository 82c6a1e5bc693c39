package web

import (
	"net/url"
	"slices"
	"time"

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
}

// Form holds the report buttons.
type Form struct {
	Service string
	Action  string
	API     string
	Buttons []Button
	Four    bool // to a row, where there is room: three would leave one alone
	Works   Button
	Back    Button
	Said    *Said
	Others  int64 // who reported in the window, for the script
	Words   FormWords
}

// FormWords are what the script says at once, before the server's page is
// there. {n} and {symptom} are filled in by it.
type FormWords struct{ First, One, Other, Repeat, Limited, Works, Back, Retry, Offline string }

// Button is one of the report buttons.
type Button struct {
	Value, Text string
	Pressed     bool
}

// Related are other services that matter to who looks at this one.
type Related struct {
	Title         string
	Now           []Row // in trouble
	ProviderTitle string
	Provider      []Row
}

// maxRelated bounds each list of related services.
const maxRelated = 6

// choices are what the visitor may choose on the page of a service.
type choices struct {
	reach  reach // none: what suits
	scale  Scale // empty: what suits
	window time.Duration
	metric heatmap.Metric
}

// windows are offered for the split and the countries.
var windows = []time.Duration{15 * time.Minute, time.Hour, 24 * time.Hour}

// readChoices takes what it knows from a query and the defaults for the rest.
func readChoices(q url.Values) choices {
	c := choices{reach: readReach(q.Get("range")), scale: Scale(q.Get("scale")), window: window.Default, metric: heatmap.ParseMetric(q.Get("metric"))}
	if c.scale != Tens && c.scale != Even {
		c.scale = ""
	}
	if w, err := window.Parse(q.Get("window")); err == nil && slices.Contains(windows, w) {
		c.window = w
	}
	return c
}

// query is c as a query without defaults.
func (c choices) query() url.Values {
	q := url.Values{}
	if c.reach != (reach{}) {
		q.Set("range", window.Name(c.reach.length))
	}
	if c.scale != "" {
		q.Set("scale", string(c.scale))
	}
	if c.window != window.Default {
		q.Set("window", window.Name(c.window))
	}
	if c.metric != heatmap.Metrics[0] {
		q.Set("metric", string(c.metric))
	}
	return q
}

// serviceData is what the board says of a service. What it could not say is nil;
// without a status nothing is known.
type serviceData struct {
	status    *status.Status
	series    *status.Series
	reach     reach // of series
	breakdown *status.Breakdown
	countries *status.Countries
	all       []status.Status
	incidents []incident.Incident // of the last days, latest first
	running   *incident.Incident
	timeline  []incident.Event  // of running
	moved     *movement         // of symptoms
	local     *status.Breakdown // of the country with most reports, while there is trouble
}

// servicePage makes the page of a service from what is known of it.
func (s *Site) servicePage(f Frame, service *catalog.Service, data serviceData, c choices, a said) ServicePage {
	l, names := f.Locale, labels{s.Catalog, f.Locale}
	p := ServicePage{Frame: f, Name: names.service(service.Slug), Category: names.category(service.Category)}
	if provider := names.provider(service.Provider); provider != p.Name {
		p.Provider = provider
	}
	now := status.Status{Level: detect.Unknown, Window: window.Default}
	if data.status != nil {
		now = *data.status
	}
	now = a.including(now)
	p.Verdict = verdict(l, now)
	p.Sentence = sentence(l, now, names.countryWithin)
	p.Hot = troubled(now)
	p.Reason = reason(l, now)
	if now.EchoOf != "" {
		p.Echo = echo(l, "reason_echo", p.Name, now.EchoOf, f, names)
	}
	if data.status == nil {
		p.Verdict.When = nil
		p.Sentence, p.Reason = locale.Parts(l.Say("why_unread")), ""
	}
	p.Title = l.Fill("service_title", locale.Values{"Service": p.Name, "Level": l.Say(inlineKey(now)), "Brand": l.Say("brand")})
	p.Description = l.Fill("service_description", locale.Values{"Service": p.Name, "Level": p.Verdict.Word, "Time": l.Clock(now.AsOf), "Date": f.Date})
	p.Form = form(l, f.To(f.Path), service, now, data.status != nil, a, names)

	path := f.To(f.Path)
	if data.series != nil {
		p.Chart = chart(l, *data.series, data.reach, now, c.scale, data.incidents...)
		if p.Chart != nil {
			p.Chart.Reaches = reachChoices(l, path, c, data.reach)
			p.Chart.Scales = scales(l, path, c, p.Chart.Scale)
		}
	}
	if data.breakdown != nil {
		p.Split = split(l, *data.breakdown, data.moved, names.symptom)
		p.Split.Windows = windowChoices(l, path, c, "split")
	}
	if data.countries != nil && data.countries.Total > 0 { // the split says that there was none
		p.Countries = countries(l, *data.countries, c.metric, names)
		p.Countries.Map = heat(l, *data.countries, c.metric, names, s.assets.World)
		p.Countries.Metrics = metricChoices(l, c.metric, func(m heatmap.Metric) string {
			return with(path, c.query(), "metric", nonDefault(m)) + "#countries"
		})
		p.Countries.Windows = windowChoices(l, path, c, "countries")
	}
	if data.all != nil {
		p.Related = related(l, service, data.all, f.Prefix, names)
	}
	p.History, p.Before = path+"/history", before(l, data, p.Name)
	if data.running != nil {
		p.Timeline = timeline(l, *data.running, data.timeline, maxEntriesNow)
		p.Timeline.Href = f.To("/incidents/" + data.running.ID)
		if data.status != nil && data.breakdown != nil {
			p.Quotes = quotes(&f, s.quotesNow(l, p.Name, *data.status, data, names), data.running.ID)
		}
	}
	return p
}

// before words the way to what went wrong earlier.
func before(l *locale.Locale, data serviceData, name string) string {
	if n := len(data.incidents); n > 0 {
		return l.Count("before_some", int64(n), locale.Values{"Service": name})
	}
	return l.Fill("before_none", locale.Values{"Service": name})
}

// quotesNow are lines about the present window: of the world, and of the country
// with most reports.
func (s *Site) quotesNow(l *locale.Locale, name string, now status.Status, data serviceData, names labels) []string {
	if now.Observed == 0 || now.Level == detect.Unknown {
		return nil
	}
	q := quotable{service: name, at: now.AsOf, window: now.Window, count: now.Observed, expected: now.Expected}
	if data.breakdown.Window == now.Window {
		q.symptoms = data.breakdown.Symptoms
	}
	lines := []string{quote(l, q, s.Simulated, names)}
	if worst, ok := worstCountry(now); ok && data.local != nil {
		q.country, q.count, q.expected, q.symptoms = names.countryWithin(worst.Code), worst.Count, worst.Expected, data.local.Symptoms
		lines = append(lines, quote(l, q, s.Simulated, names))
	}
	return lines
}

// nonDefault is a metric as the value of a query, which does not name the
// default.
func nonDefault(m heatmap.Metric) string {
	if m == heatmap.Metrics[0] {
		return ""
	}
	return string(m)
}

// form draws the report buttons, with the answer to a press in place.
func form(l *locale.Locale, path string, service *catalog.Service, s status.Status, known bool, a said, names labels) Form {
	v := Form{
		Service: service.Slug, Action: path + "/report", API: "/api/v1/services/" + service.Slug,
		Works: Button{Value: saidWorks, Text: l.Say("report_works"), Pressed: a.what == saidWorks},
		Back:  Button{Value: saidBack, Text: l.Say("report_back"), Pressed: a.what == saidBack},
		Said:  a.words(l, s, known, names), Others: s.Observed,
	}
	for _, id := range service.Symptoms {
		pressed := id == a.symptom && (a.what == saidCounted || a.what == saidRepeat)
		v.Buttons = append(v.Buttons, Button{Value: id, Text: names.symptom(id), Pressed: pressed})
	}
	v.Four = len(v.Buttons) == 7 || len(v.Buttons) == 8
	w := locale.Values{"Symptom": "{symptom}", "Window": l.InLast(window.Default)}
	v.Words = FormWords{
		First: l.Fill("said_first", w), One: l.CountText("said_counted", 1, "{n}", w), Other: l.CountText("said_counted", 2, "{n}", w),
		Repeat: l.Say("said_repeat"), Limited: l.Say("said_limited"), Works: l.Say("said_works"), Back: l.Say("said_back"),
		Retry: l.CountText("said_retry", 2, "{n}", nil), Offline: l.Say("said_offline"),
	}
	return v
}

// reachChoices is the switch between how far back a chart goes.
func reachChoices(l *locale.Locale, path string, c choices, now reach) []Choice {
	var all []Choice
	for _, r := range reaches {
		all = append(all, Choice{Text: l.ShortWindow(r.length), Href: with(path, c.query(), "range", window.Name(r.length)) + "#course", Chosen: r == now})
	}
	return all
}

// scales is the switch between the scales of a chart.
func scales(l *locale.Locale, path string, c choices, now Scale) []Choice {
	return []Choice{
		{Text: l.Say("chart_tens"), Href: with(path, c.query(), "scale", string(Tens)) + "#course", Chosen: now == Tens},
		{Text: l.Say("chart_even"), Href: with(path, c.query(), "scale", string(Even)) + "#course", Chosen: now == Even},
	}
}

// windowChoices is the switch between windows of the section with this ID.
func windowChoices(l *locale.Locale, path string, c choices, id string) []Choice {
	var all []Choice
	for _, w := range windows {
		value := window.Name(w)
		if w == window.Default {
			value = ""
		}
		all = append(all, Choice{Text: l.ShortWindow(w), Href: with(path, c.query(), "window", value) + "#" + id, Chosen: w == c.window})
	}
	return all
}

// related lists what else is in trouble, and how the provider's other services
// are. It returns nil if there is neither.
func related(l *locale.Locale, service *catalog.Service, all []status.Status, prefix string, names labels) *Related {
	v := &Related{Title: l.Say("related_calm"), ProviderTitle: l.Fill("related_provider", locale.Values{"Provider": names.provider(service.Provider)})}
	sorted := slices.SortedStableFunc(slices.Values(all), worse)
	siblings := map[string]bool{}
	for _, other := range names.catalog.ByProvider(service.Provider) {
		siblings[other.Slug] = true
	}
	var inTrouble int64
	for _, s := range sorted {
		if s.Service == service.Slug {
			continue
		}
		if troubled(s) {
			inTrouble++
			if len(v.Now) < maxRelated {
				v.Now = append(v.Now, row(l, s, prefix, names))
			}
		}
		if siblings[s.Service] && len(v.Provider) < maxRelated {
			v.Provider = append(v.Provider, row(l, s, prefix, names))
		}
	}
	if inTrouble > 0 {
		v.Title = l.Count("related_trouble", inTrouble, nil)
	}
	if len(v.Now)+len(v.Provider) == 0 {
		return nil
	}
	return v
}
