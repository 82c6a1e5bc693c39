package web

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/locale"
	"github.com/outcry/outcry/pkg/status"
)

// HistoryPage lists what went wrong with a service, month by month.
type HistoryPage struct {
	Frame
	Name    string
	Href    string // of the service's page
	Head    string
	Note    string
	Months  []Month
	Earlier string // address of the page before this one in time, or nothing
}

// Month is the incidents that began in it, latest first.
type Month struct {
	Name string
	Rows []PastRow
}

// PastRow is one incident of a list.
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

const (
	// historyPage is how many incidents a page lists.
	historyPage = 25
	// maxCursor bounds what may be a cursor, in bytes.
	maxCursor = 200
)

// getHistory lists the incidents of a service.
func (s *Site) getHistory(c *gin.Context, to reader) {
	service, ok := s.Catalog.Service(c.Param("service"))
	if !ok {
		s.missing(c, to)
		return
	}
	now, before := s.Now().UTC(), c.Query("before")
	if len(before) > maxCursor {
		before = ""
	}
	s.shared(c, to, "/"+service.Slug+"/history", url.Values{"before": {before}}, func(ctx context.Context) (*written, error) {
		filter := archive.IncidentFilter{Service: service.Slug, Before: before, Limit: historyPage}
		page, next, err := s.Incidents.Incidents(ctx, filter)
		if fault.KindOf(err) == fault.Invalid { // no page has led there: begin at the beginning
			filter.Before = ""
			page, next, err = s.Incidents.Incidents(ctx, filter)
		}
		if err != nil {
			s.untold(err, "incidents", service.Slug)
			return nil, err
		}
		p := s.historyPage(ctx, to, service, page, now)
		p.Index = before == ""
		if next != "" {
			p.Earlier = p.To(p.Path) + "?" + url.Values{"before": {next}}.Encode()
		}
		return s.write(http.StatusOK, "history", &p, fresh)
	})
}

func (s *Site) historyPage(ctx context.Context, to reader, service *catalog.Service, page []incident.Incident, now time.Time) HistoryPage {
	l, names := to.locale, labels{s.Catalog, to.locale}
	p := HistoryPage{Frame: s.frame(to, "/"+service.Slug+"/history", now), Name: names.service(service.Slug)}
	p.Href = p.To("/" + service.Slug)
	w := locale.Values{"Service": p.Name, "Brand": l.Say("brand")}
	p.Title, p.Description = l.Fill("history_title", w), l.Fill("history_description", w)
	p.Head, p.Note = l.Fill("history_none", w), l.Say("history_none_note")
	live := s.Live.Live(service.Slug)
	for _, inc := range page {
		inc = status.Current(inc, live)
		month := l.MonthAndYear(inc.Onset)
		if n := len(p.Months); n == 0 || p.Months[n-1].Name != month {
			p.Months = append(p.Months, Month{Name: month})
		}
		last := &p.Months[len(p.Months)-1]
		last.Rows = append(last.Rows, s.pastRow(ctx, to, inc, now, names))
	}
	if n := len(page); n > 0 {
		w["Date"] = l.Date(page[n-1].Onset)
		p.Head, p.Note = l.Fill("history_head", w), l.Count("history_note", int64(n), w)
	}
	return p
}

// pastRow words one incident. What it split into is left out where it cannot be
// read.
func (s *Site) pastRow(ctx context.Context, to reader, inc incident.Incident, now time.Time, names labels) PastRow {
	l, end := to.locale, ended(inc, now)
	r := PastRow{
		Href: address(to.prefix, "/incidents/"+inc.ID), Day: l.Day(inc.Onset), Look: levelLook(inc), Word: l.Say(pastKey(inc)),
		Length: l.Duration(end.Sub(inc.Onset)), Reports: l.Count("n_reports", inc.Reports, nil),
		Peak: l.Fill("history_peak", locale.Values{"N": l.Number(inc.Peak.Observed), "Window": l.InWindow(inc.Peak.Window), "Usual": l.Expected(inc.Peak.Expected)}),
		Span: l.Fill("history_span", locale.Values{"From": l.Clock(inc.Onset), "To": l.Clock(end)}),
	}
	if inc.Resolved.IsZero() {
		r.Span = l.Fill("history_since", locale.Values{"From": l.Clock(inc.Onset)})
	}
	totals, err := s.Board.Totals(ctx, inc.Service, inc.Onset, end, "")
	if err != nil {
		s.unread(err, "totals", inc.Service)
		return r
	}
	r.From = s.mostOf(l, totals.Countries, names)
	r.Split = locale.Capitalize(quotedShares(l, totals.Symptoms, names))
	return r
}

// maxPastCountries bounds the countries that a list names for an incident.
const maxPastCountries = 3

// mostOf names the countries with most reports, and how many more there are.
func (s *Site) mostOf(l *locale.Locale, all []status.Country, names labels) string {
	var named []string
	for _, c := range all {
		if c.Code != unknownCountry && len(named) < maxPastCountries {
			named = append(named, names.country(c.Code))
		}
	}
	text := strings.Join(named, l.Say("list_comma"))
	if more := len(all) - len(named); more > 0 && len(named) > 0 {
		text = l.Count("history_more", int64(more), locale.Values{"Countries": text})
	}
	return cmp.Or(text, locale.NoFigure)
}

// pastKey is the word for the highest level that an incident had.
func pastKey(inc incident.Incident) string {
	if inc.Declared.IsZero() {
		return "level_warning"
	}
	return "level_outage"
}
