package view

import (
	"slices"
	"strings"

	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/locale"
	"github.com/outcry/outcry/pkg/publicurl"
	"github.com/outcry/outcry/pkg/status"
)

// HomePage is the front page: what is down now, and all services.
type HomePage struct {
	Frame
	Headline   []string
	Sentence   []locale.Part
	Found      *Found
	Where      CountryTrouble
	Now        []Row
	NowTitle   string
	SparkTitle string
	Groups     []Group
}

// Group holds the services of a category.
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
	// MaxFound bounds the result of a search.
	MaxFound = 20
	// shownPerCategory is how many services of a category are seen at once, beside those
	// in trouble.
	shownPerCategory = 8
)

// NewHomePage makes the front page of the statuses of all services. drawn holds
// courses of those in trouble.
func NewHomePage(f Frame, all []status.Status, drawn Sparks, names Labels) HomePage {
	l := f.Locale
	p := HomePage{Frame: f, NowTitle: l.Say("home_now"), SparkTitle: drawn.title}
	sorted := slices.SortedStableFunc(slices.Values(all), compareTrouble)
	p.Headline = headline(l, sorted, names)
	p.Sentence = summary(l, all)
	for _, s := range withEchoesBelow(sorted) {
		if s.Level == detect.OK || len(p.Now) == maxNow || allUnknown(all) {
			break
		}
		r := newRow(l, s, f.Prefix, names)
		r.Below = s.EchoOf != "" && len(p.Now) > 0 && (p.Now[len(p.Now)-1].Below || p.Now[len(p.Now)-1].Href == f.To("/"+s.EchoOf))
		r.Spark = drawn.of[s.Service]
		r.From = mostFrom(l, s, names)
		p.Now = append(p.Now, r)
	}
	p.Groups = groupByCategory(l, all, f.Prefix, names)
	asOf := latestAsOf(all)
	p.Title = l.Fill("home_title", locale.Values{"Brand": l.Say("brand")})
	p.Description = l.Fill("home_description", locale.Values{"Time": l.ZonedTime(asOf), "Date": f.Date})
	return p
}

// withEchoesBelow returns sorted with each echo moved to below the outage that it
// may be the echo of, if that is listed.
func withEchoesBelow(sorted []status.Status) []status.Status {
	listed, echoes := map[string]bool{}, map[string][]status.Status{}
	for _, s := range sorted {
		listed[s.Service] = s.EchoOf == "" && s.Level == detect.Outage
	}
	for _, s := range sorted {
		if listed[s.EchoOf] {
			echoes[s.EchoOf] = append(echoes[s.EchoOf], s)
		}
	}
	var all []status.Status
	for _, s := range sorted {
		if !listed[s.EchoOf] {
			all = append(append(all, s), echoes[s.Service]...)
		}
	}
	return all
}

// ShowLastCounted lists the services that were in trouble when they were last
// counted. Their present level is unknown.
func (p *HomePage) ShowLastCounted(before []status.Status, names Labels) {
	asOf := latestAsOf(before)
	if asOf.IsZero() {
		return
	}
	l := p.Locale
	p.Sentence = locale.Parts(l.Fill("why_unknown", locale.Values{"Time": l.Time(asOf)}))
	p.NowTitle = l.Fill("home_last", locale.Values{"Time": l.Time(asOf)})
	for _, s := range slices.SortedStableFunc(slices.Values(before), compareTrouble) {
		if !InTrouble(s) || len(p.Now) == maxNow {
			break
		}
		r := newRow(l, s, p.Prefix, names)
		r.Look = detect.Unknown.String()
		p.Now = append(p.Now, r)
	}
}

// mostFrom names the three countries with most reports.
func mostFrom(l *locale.Locale, s status.Status, names Labels) string {
	if !InTrouble(s) {
		return ""
	}
	var from []string
	for _, c := range s.Countries {
		if c.Code != UnknownCountry && len(from) < 3 {
			from = append(from, names.CountryInSentence(c.Code))
		}
	}
	if len(from) == 0 {
		return ""
	}
	return l.Fill("home_most_from", locale.Values{"Countries": strings.Join(from, l.Say("list_comma"))})
}

// groupByCategory lists all services by category, in the order of the catalog. A
// long category shows its first services and those in trouble, and folds the
// rest.
func groupByCategory(l *locale.Locale, all []status.Status, prefix publicurl.Prefix, names Labels) []Group {
	byCategory := map[string]*Group{}
	for _, s := range all {
		service, ok := names.Catalog.Service(s.Service)
		if !ok {
			continue
		}
		g := byCategory[service.Category]
		if g == nil {
			g = &Group{ID: service.Category}
			byCategory[service.Category] = g
		}
		r := newEntry(l, s, names.Service(s.Service), prefix)
		if len(g.Rows) < shownPerCategory || InTrouble(s) {
			g.Rows = append(g.Rows, r)
		} else {
			g.Rest = append(g.Rest, r)
		}
	}
	var list []Group
	for _, c := range names.Catalog.Categories() {
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
