package view

import (
	"cmp"
	"strings"
	"time"

	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/locale"
	"github.com/outcry/outcry/pkg/publicurl"
	"github.com/outcry/outcry/pkg/status"
)

// HistoryPage lists the incidents of a service by month.
type HistoryPage struct {
	Frame
	Name    string
	Service string // its slug
	Href    string // of the service's page
	Head    string
	Note    string
	Months  []Month
	Earlier string // address of the page before this one in time, or nothing
}

// Month holds the incidents with their onset in one month, latest first.
type Month struct {
	Name string
	Rows []PastRow
}

// PastRow is an incident in a list.
type PastRow struct {
	Href    string
	Day     string
	Span    string // from when to when, by the clock
	Look    string
	Word    string
	Length  string
	Peak    string
	Reports string
	From    string // the countries of most of it
	Split   string // the symptoms that most named
}

// PastIncident is an incident with the totals of its reports.
type PastIncident struct {
	Incident incident.Incident
	Totals   *status.Totals // nil: could not be read
}

// NewHistoryPage lists incidents, latest first.
func NewHistoryPage(f Frame, service *catalog.Service, page []PastIncident, now time.Time, names Labels) HistoryPage {
	l := f.Locale
	p := HistoryPage{Frame: f, Service: service.Slug, Name: names.Service(service.Slug)}
	p.Href = p.To("/" + service.Slug)
	w := locale.Values{"Service": p.Name, "Brand": l.Say("brand")}
	p.Title, p.Description = l.Fill("history_title", w), l.Fill("history_description", w)
	p.Head, p.Note = l.Fill("history_none", w), l.Say("history_none_note")
	for _, past := range page {
		month := l.MonthAndYear(past.Incident.Onset)
		if n := len(p.Months); n == 0 || p.Months[n-1].Name != month {
			p.Months = append(p.Months, Month{Name: month})
		}
		last := &p.Months[len(p.Months)-1]
		last.Rows = append(last.Rows, newPastRow(l, f.Prefix, past, now, names))
	}
	if n := len(page); n > 0 {
		w["Date"] = l.Date(page[n-1].Incident.Onset)
		p.Head, p.Note = l.Fill("history_head", w), l.Count("history_note", int64(n), w)
	}
	return p
}

// newPastRow words one incident. Without totals it names no countries and no
// symptoms.
func newPastRow(l *locale.Locale, prefix publicurl.Prefix, past PastIncident, now time.Time, names Labels) PastRow {
	inc, end := past.Incident, EndOf(past.Incident, now)
	r := PastRow{
		Href: prefix.To("/incidents/" + inc.ID), Day: l.Day(inc.Onset), Look: incidentLook(inc), Word: l.Say(incidentLevelKey(inc)),
		Length: l.Duration(end.Sub(inc.Onset)), Reports: l.Count("n_reports", inc.Reports, nil),
		Peak: l.Fill("history_peak", locale.Values{"N": l.Number(inc.Peak.Observed), "Window": l.InWindow(inc.Peak.Window), "Usual": l.Expected(inc.Peak.Expected)}),
		Span: l.Fill("history_span", locale.Values{"From": l.Clock(inc.Onset), "To": l.Clock(end)}),
	}
	if inc.Resolved.IsZero() {
		r.Span = l.Fill("history_since", locale.Values{"From": l.Clock(inc.Onset)})
	}
	if past.Totals == nil {
		return r
	}
	r.From = mostCountries(l, past.Totals.Countries, names)
	r.Split = locale.Capitalize(quotedShares(l, past.Totals.Symptoms, names))
	return r
}

// maxPastCountries bounds the countries named for a past incident.
const maxPastCountries = 3

// mostCountries names the countries with most reports and counts the others.
func mostCountries(l *locale.Locale, all []status.Country, names Labels) string {
	var named []string
	for _, c := range all {
		if c.Code != UnknownCountry && len(named) < maxPastCountries {
			named = append(named, names.Country(c.Code))
		}
	}
	text := strings.Join(named, l.Say("list_comma"))
	if more := len(all) - len(named); more > 0 && len(named) > 0 {
		text = l.Count("history_more", int64(more), locale.Values{"Countries": text})
	}
	return cmp.Or(text, locale.NoFigure)
}
