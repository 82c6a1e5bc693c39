package web

import (
	"context"
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/site"
	"github.com/outcry/outcry/pkg/status"
	"github.com/outcry/outcry/pkg/view"
)

const (
	// incidentsPerPage is the largest number of incidents on one page.
	incidentsPerPage = 25
	// maxCursor is the largest length of a cursor in bytes. A longer one is ignored.
	maxCursor = 200
)

// getHistory serves one page of the incidents of a service, newest first.
func (s *Pages) getHistory(c *gin.Context, to site.Reader) {
	service, ok := s.Catalog.Service(c.Param("service"))
	if !ok {
		s.missing(c, to)
		return
	}
	now, before := s.Now().UTC(), c.Query("before")
	if len(before) > maxCursor || !archive.IsCursor(before) {
		before = "" // not a cursor of ours: show the newest incidents
	}
	s.shared(c, to, "/"+service.Slug+"/history", url.Values{"before": {before}}, func(ctx context.Context) (*written, error) {
		filter := archive.IncidentFilter{Service: service.Slug, Before: before, Limit: incidentsPerPage}
		incidents, next, err := s.Incidents.Incidents(ctx, filter)
		if err != nil {
			s.logArchiveError(err, "incidents", service.Slug)
			return nil, err
		}
		f := s.frame(to, "/"+service.Slug+"/history", now)
		f.Feed = "/" + service.Slug + feedPath
		p := view.NewHistoryPage(f, service, s.readTotals(ctx, incidents), now, s.Labels(to.Locale))
		p.Index = before == ""
		if next != "" {
			p.Earlier = p.To(p.Path) + "?" + url.Values{"before": {next}}.Encode()
		}
		return s.write(http.StatusOK, "history", &p, fresh)
	})
}

// readTotals returns the current state of each incident with the totals of its
// reports. Totals that cannot be read are left out.
func (s *Pages) readTotals(ctx context.Context, incidents []incident.Incident) []view.PastIncident {
	past := make([]view.PastIncident, len(incidents))
	for i, inc := range incidents {
		inc = status.Current(inc, s.Live.Live(inc.Service))
		past[i].Incident = inc
		totals, err := s.Board.IncidentTotals(ctx, inc)
		if err != nil {
			s.LogUnread(err, "totals", inc.Service)
			continue
		}
		past[i].Totals = &totals
		if inc.State != incident.Resolved { // as of the same second
			past[i].Incident.Reports = max(inc.Reports, totals.Total)
		}
	}
	return past
}
