package web

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/site"
	"github.com/outcry/outcry/pkg/status"
	"github.com/outcry/outcry/pkg/view"
)

const (
	// incidentsPerPage bounds the incidents that a page lists.
	incidentsPerPage = 25
	// maxCursor bounds what may be a cursor, in bytes.
	maxCursor = 200
)

// getHistory serves the list of incidents of a service.
func (s *Pages) getHistory(c *gin.Context, to site.Reader) {
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
		filter := archive.IncidentFilter{Service: service.Slug, Before: before, Limit: incidentsPerPage}
		page, next, err := s.Incidents.Incidents(ctx, filter)
		if fault.KindOf(err) == fault.Invalid { // no page has led there: begin at the beginning
			filter.Before = ""
			page, next, err = s.Incidents.Incidents(ctx, filter)
		}
		if err != nil {
			s.logArchiveError(err, "incidents", service.Slug)
			return nil, err
		}
		f := s.frame(to, "/"+service.Slug+"/history", now)
		p := view.NewHistoryPage(f, service, s.readTotals(ctx, page, now), now, s.Labels(to.Locale))
		p.Index = before == ""
		if next != "" {
			p.Earlier = p.To(p.Path) + "?" + url.Values{"before": {next}}.Encode()
		}
		return s.write(http.StatusOK, "history", &p, fresh)
	})
}

// readTotals returns incidents as they are now, with the totals of their
// reports.
func (s *Pages) readTotals(ctx context.Context, page []incident.Incident, now time.Time) []view.PastIncident {
	all := make([]view.PastIncident, len(page))
	for i, inc := range page {
		inc = status.Current(inc, s.Live.Live(inc.Service))
		all[i].Incident = inc
		totals, err := s.Board.Totals(ctx, inc.Service, inc.Onset, view.EndOf(inc, now), "")
		if err != nil {
			s.LogUnread(err, "totals", inc.Service)
			continue
		}
		all[i].Totals = &totals
	}
	return all
}
