package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/gate"
	"github.com/outcry/outcry/pkg/heatmap"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/site"
	"github.com/outcry/outcry/pkg/status"
	"github.com/outcry/outcry/pkg/view"
)

// getIncident serves the page of one incident.
func (s *Pages) getIncident(c *gin.Context, to site.Reader) {
	now, id := s.Now().UTC(), c.Param("id")
	if !plausibleID(id) {
		s.missing(c, to)
		return
	}
	metric := heatmap.ParseMetric(c.Query("metric"))
	past, err := gate.Do(c.Request.Context(), s.Making, func() (view.IncidentData, error) {
		inc, timeline, err := s.story(c.Request.Context(), id)
		return view.IncidentData{Incident: inc, Timeline: timeline}, err
	})
	inc := past.Incident
	var faultErr *fault.Error
	if errors.As(err, &faultErr) && faultErr.Kind == fault.NotFound {
		s.missing(c, to)
		return
	}
	if err != nil {
		s.logArchiveError(err, "incident", id)
		s.failed(c, to)
		return
	}
	service, ok := s.Catalog.Service(inc.Service)
	if !ok { // the catalog no longer has it
		service = &catalog.Service{Slug: inc.Service, Names: catalog.Names{"en": inc.Service}}
	}
	s.shared(c, to, "/incidents/"+id, url.Values{"metric": {string(metric)}}, func(ctx context.Context) (*written, error) {
		d := s.readIncident(ctx, service, past, now)
		f := s.frame(to, "/incidents/"+id, now)
		f.Feed = "/" + inc.Service + feedPath
		p := view.NewIncidentPage(f, service, d, metric, now, s.Labels(to.Locale))
		cache := fresh
		if inc.State == incident.Resolved {
			cache = settled
		}
		return s.write(http.StatusOK, "incident", &p, cache)
	})
}

// plausibleID reports whether text may be the ID of an incident. Other text is
// not looked up in the archive.
func plausibleID(id string) bool {
	const most = 40 + len("-2006-01-02-1504") // a slug and the onset
	return len(id) <= most && strings.Trim(id, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// maxLocal bounds the countries with a quote of their own.
const maxLocal = 3

// readIncident returns d, an incident with its timeline, with what else its page
// shows. What cannot be read is
// logged and left out.
func (s *Pages) readIncident(ctx context.Context, service *catalog.Service, d view.IncidentData, now time.Time) view.IncidentData {
	inc := d.Incident
	end := view.EndOf(inc, now)
	margin := max(time.Hour, end.Sub(inc.Onset)/4)
	from, until := inc.Onset.Add(-margin), end.Add(margin)
	if until.After(now) {
		until = now
	}
	d.Range = view.Range{Length: until.Sub(from), Step: status.StepFor(from, until, now)}
	if series, err := s.Board.Series(ctx, inc.Service, status.SeriesQuery{From: from, To: until, Step: d.Range.Step}); err != nil {
		s.LogUnread(err, "series", inc.Service)
	} else {
		d.Series = &series
	}
	if courses, err := status.ReadSeriesBySymptom(ctx, s.Board, service, inc.Onset, end, status.StepFor(inc.Onset, end, now)); err != nil {
		s.LogUnread(err, "courses", inc.Service)
	} else {
		d.Movement = view.NewMovement(courses)
	}
	if totals, err := s.Board.IncidentTotals(ctx, inc); err != nil {
		s.LogUnread(err, "totals", inc.Service)
	} else {
		d.Totals = totals
	}
	d.Peak, d.Local = s.readPeak(ctx, inc)
	d.Incident = current(inc, d.Totals, d.Peak, now)
	for _, id := range inc.Linked[:min(len(inc.Linked), incident.MaxLinked)] {
		switch other, _, err := s.story(ctx, id); {
		case err == nil && other.IsRetracted():
		case err == nil:
			d.Linked = append(d.Linked, other)
		default:
			s.logArchiveError(err, "linked incident", inc.Service)
		}
	}
	return d
}

// current returns a running incident with what was counted of it, and of its
// peak, since the last judgement. One that is over stays as it is.
func current(inc incident.Incident, totals, peak status.Totals, now time.Time) incident.Incident {
	if inc.State == incident.Resolved {
		return inc
	}
	inc.Reports = max(inc.Reports, totals.Total)
	from, to := inc.Peak.Span()
	if peak.From.Equal(from) && peak.To.Equal(to) && peak.Total > inc.Peak.Observed {
		inc.Peak.Observed, inc.Peak.Expected = peak.Total, peak.Expected
		if inc.Peak.At = to; now.Before(to) {
			inc.Peak.At = now
		}
	}
	return inc
}

// readPeak adds up the largest window of an incident: in all countries, and in
// each of the countries with most reports.
func (s *Pages) readPeak(ctx context.Context, inc incident.Incident) (all status.Totals, local []status.Totals) {
	if inc.Peak.At.IsZero() {
		return status.Totals{}, nil
	}
	from, end := inc.Peak.Span()
	all, err := s.Board.Totals(ctx, inc.Service, from, end, "")
	if err != nil {
		s.LogUnread(err, "peak", inc.Service)
		return status.Totals{}, nil
	}
	for _, c := range all.Countries {
		if c.Code == view.UnknownCountry || len(local) == maxLocal {
			continue
		}
		one, err := s.Board.Totals(ctx, inc.Service, from, end, c.Code)
		if err != nil {
			s.LogUnread(err, "peak of a country", inc.Service)
			break
		}
		local = append(local, one)
	}
	return all, local
}
