package web

import (
	"slices"
	"strings"

	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/locale"
	"github.com/outcry/outcry/pkg/status"
)

// HomePage says what is down now.
type HomePage struct {
	Frame
	Headline   []string
	Sentence   []locale.Part
	Found      *Found
	Where      Where
	Now        []Row
	NowTitle   string
	SparkTitle string
	Groups     []Group
}

// Found is the result of a search.
type Found struct {
	Title string
	Note  string
	Rows  []Row
}

// Group is the services of a category.
type Group struct {
	ID   string
	Name string
	Rows []Row
	More string // the summary of the rest
	Rest []Row
}

const (
	// maxNow bounds the list of what is in trouble; the list of all services
	// still shows the rest.
	maxNow = 40
	// maxFound bounds the result of a search.
	maxFound = 20
	// unfolded is how many services of a category are seen at once, beside those
	// in trouble.
	unfolded = 8
)

// homePage makes the front page from all statuses, and the result of a search
// if there was one.
func homePage(f Frame, all []status.Status, drawn sparks, names labels) HomePage {
	l := f.Locale
	p := HomePage{Frame: f, NowTitle: l.Say("home_now"), SparkTitle: drawn.title}
	sorted := slices.SortedStableFunc(slices.Values(all), worse)
	p.Headline = headline(l, sorted, names)
	p.Sentence = summary(l, all)
	for _, s := range sorted {
		if s.Level == detect.OK || len(p.Now) == maxNow || allUnknown(all) {
			break
		}
		r := row(l, s, f.Prefix, names)
		r.Spark = drawn.of[s.Service]
		r.From = mostFrom(l, s, names)
		p.Now = append(p.Now, r)
	}
	p.Groups = groups(l, all, f.Prefix, names)
	asOf := latest(all)
	p.Title = l.Fill("home_title", locale.Values{"Brand": l.Say("brand")})
	p.Description = l.Fill("home_description", locale.Values{"Time": l.Clock(asOf), "Date": f.Date})
	return p
}

// last shows what was in trouble when services were last counted, as something
// of which only that is known.
func (p *HomePage) last(before []status.Status, names labels) {
	asOf := latest(before)
	if asOf.IsZero() {
		return
	}
	l := p.Locale
	p.Sentence = locale.Parts(l.Fill("why_unknown", locale.Values{"Time": l.Clock(asOf)}))
	p.NowTitle = l.Fill("home_last", locale.Values{"Time": l.Clock(asOf)})
	for _, s := range slices.SortedStableFunc(slices.Values(before), worse) {
		if !troubled(s) || len(p.Now) == maxNow {
			break
		}
		r := row(l, s, p.Prefix, names)
		r.Look = detect.Unknown.String()
		p.Now = append(p.Now, r)
	}
}

// headline is the verdict over all services, which are sorted, worst first.
func headline(l *locale.Locale, sorted []status.Status, names labels) []string {
	var down, recovering, warnings []string
	for _, s := range sorted {
		name := names.service(s.Service)
		switch {
		case s.State == incident.Recovering && troubled(s):
			recovering = append(recovering, name)
		case s.Level == detect.Outage:
			down = append(down, name)
		case s.Level == detect.Warning:
			warnings = append(warnings, name)
		}
	}
	var lines []string
	switch len(down) {
	case 0:
	case 1:
		lines = append(lines, l.Fill("home_one_down", locale.Values{"Service": down[0]}))
	case 2:
		lines = append(lines, l.Fill("home_two_down", locale.Values{"First": down[0], "Second": down[1]}))
	default:
		lines = append(lines, l.Count("home_many_down", int64(len(down)), nil))
	}
	if len(recovering) > 0 && len(lines) == 0 {
		lines = append(lines, l.Fill("home_one_recovering", locale.Values{"Service": recovering[0]}))
	}
	switch n := int64(len(warnings)); {
	case n == 0:
	case len(lines) > 0:
		lines = append(lines, l.Count("home_more_warnings", n, nil))
	case n == 1:
		lines = append(lines, l.Fill("home_one_warning", locale.Values{"Service": warnings[0]}))
	default:
		lines = append(lines, l.Count("home_many_warnings", n, nil))
	}
	switch {
	case len(lines) > 0:
	case allUnknown(sorted):
		lines = append(lines, l.Say("home_unknown"))
	default:
		lines = append(lines, l.Say("home_calm"))
	}
	return lines
}

// allUnknown tells whether nothing at all could be counted.
func allUnknown(all []status.Status) bool {
	return !slices.ContainsFunc(all, func(s status.Status) bool { return s.Level != detect.Unknown })
}

// summary counts outages and warnings.
func summary(l *locale.Locale, all []status.Status) []locale.Part {
	var outages, warnings, recovering, unknown int64
	for _, s := range all {
		switch {
		case s.Level == detect.Unknown:
			unknown++
		case s.State == incident.Recovering:
			recovering++
		case s.Level == detect.Outage:
			outages++
		case s.Level == detect.Warning:
			warnings++
		}
	}
	if allUnknown(all) {
		return locale.Parts(l.Say("why_unread"))
	}
	w := locale.Values{"Services": l.Count("n_services", int64(len(all)), nil), "Time": l.Clock(latest(all)),
		"Outages": l.Count("n_outages", outages, nil), "Warnings": l.Count("n_warnings", warnings, nil)}
	text := l.Fill("home_why_calm", w)
	if outages+warnings+recovering > 0 {
		text = l.Fill("home_why", w)
	}
	if recovering > 0 {
		text = locale.Join(text, l.Count("home_recovering", recovering, nil))
	}
	if unknown > 0 {
		text = locale.Join(text, l.Count("home_unknowns", unknown, nil))
	}
	return locale.Parts(text)
}

// mostFrom names the three countries with most reports.
func mostFrom(l *locale.Locale, s status.Status, names labels) string {
	if !troubled(s) {
		return ""
	}
	var from []string
	for _, c := range s.Countries {
		if c.Code != unknownCountry && len(from) < 3 {
			from = append(from, names.countryWithin(c.Code))
		}
	}
	if len(from) == 0 {
		return ""
	}
	return l.Fill("home_most_from", locale.Values{"Countries": strings.Join(from, l.Say("list_comma"))})
}

// groups lists all services by category, in the order of the catalog. Of long
// categories only the first services are seen at once, and those in trouble.
func groups(l *locale.Locale, all []status.Status, prefix string, names labels) []Group {
	byCategory := map[string]*Group{}
	for _, s := range all {
		service, ok := names.catalog.Service(s.Service)
		if !ok {
			continue
		}
		g := byCategory[service.Category]
		if g == nil {
			g = &Group{ID: service.Category}
			byCategory[service.Category] = g
		}
		r := entry(l, s, names.service(s.Service), prefix)
		if len(g.Rows) < unfolded || troubled(s) {
			g.Rows = append(g.Rows, r)
		} else {
			g.Rest = append(g.Rest, r)
		}
	}
	var list []Group
	for _, c := range names.catalog.Categories() {
		g := byCategory[c.ID]
		if g == nil {
			continue
		}
		g.Name = c.Names.In(l.Code)
		if len(g.Rest) == 1 { // takes no more room than the words for it
			g.Rows, g.Rest = append(g.Rows, g.Rest...), nil
		}
		if len(g.Rest) > 0 {
			g.More = l.Count("home_more", int64(len(g.Rest)), nil)
		}
		list = append(list, *g)
	}
	return list
}

// found words the result of a search.
func found(l *locale.Locale, query string, services []*catalog.Service, all []status.Status, prefix string, names labels) *Found {
	if len(services) == 0 {
		return &Found{Title: l.Say("search_none"), Note: l.Fill("search_none_note", locale.Values{"Query": query})}
	}
	v := &Found{Title: l.Count("search_found", int64(len(services)), nil), Note: l.Fill("search_note", locale.Values{"Query": query})}
	v.Rows = rowsOf(l, services, all, prefix, names)
	return v
}

// rowsOf lists services with their status, as unknown where there is none.
func rowsOf(l *locale.Locale, services []*catalog.Service, all []status.Status, prefix string, names labels) []Row {
	of := make(map[string]status.Status, len(all))
	for _, s := range all {
		of[s.Service] = s
	}
	rows := make([]Row, 0, len(services))
	for _, service := range services {
		s, ok := of[service.Slug]
		if !ok {
			s = status.Status{Service: service.Slug, Level: detect.Unknown}
		}
		rows = append(rows, row(l, s, prefix, names))
	}
	return rows
}
