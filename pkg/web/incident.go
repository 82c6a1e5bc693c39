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
	"github.com/outcry/outcry/pkg/heatmap"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/status"
	"github.com/outcry/outcry/pkg/window"
)

// incidentData is what is known of an incident. What could not be read is
// missing.
type incidentData struct {
	incident incident.Incident
	timeline []incident.Event
	linked   []incident.Incident
	series   *status.Series
	reach    reach         // of series
	totals   status.Totals // of all of it
	peak     status.Totals // of its largest window
	local    []status.Totals
	moved    *movement
}

// getIncident tells one incident in full, for ever.
func (s *Site) getIncident(c *gin.Context, to reader) {
	now, id := s.Now().UTC(), c.Param("id")
	if !plausibleID(id) {
		s.missing(c, to)
		return
	}
	metric := heatmap.ParseMetric(c.Query("metric"))
	inc, timeline, err := s.story(c.Request.Context(), id)
	var known *fault.Error
	if errors.As(err, &known) && known.Kind == fault.NotFound {
		s.missing(c, to)
		return
	}
	if err != nil {
		s.untold(err, "incident", id)
		s.failed(c, to)
		return
	}
	service, ok := s.Catalog.Service(inc.Service)
	if !ok { // the catalog no longer has it
		service = &catalog.Service{Slug: inc.Service, Names: catalog.Names{"en": inc.Service}}
	}
	s.shared(c, to, "/incidents/"+id, url.Values{"metric": {string(metric)}}, func(ctx context.Context) (*written, error) {
		p := s.incidentPage(s.frame(to, "/incidents/"+id, now), service, s.readIncident(ctx, service, inc, timeline, now), metric, now)
		cache := fresh
		if inc.State == incident.Resolved {
			cache = lasting
		}
		return s.write(http.StatusOK, "incident", &p, cache)
	})
}

// plausibleID keeps from the archive what cannot be the ID of an incident.
func plausibleID(id string) bool {
	const most = 40 + len("-2006-01-02-1504") // a slug and the onset
	return len(id) <= most && strings.Trim(id, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// maxLinked bounds the linked incidents that are read.
const maxLinked = 8

// maxLocal is how many countries the quotes of an incident are about.
const maxLocal = 3

// readIncident reads what the page of an incident shows.
func (s *Site) readIncident(ctx context.Context, service *catalog.Service, inc incident.Incident, timeline []incident.Event, now time.Time) incidentData {
	d := incidentData{incident: inc, timeline: timeline}
	end := ended(inc, now)
	note := func(part string, err error) bool {
		if err != nil {
			s.unread(err, part, inc.Service)
		}
		return err == nil
	}
	margin := max(time.Hour, end.Sub(inc.Onset)/4)
	from, until := inc.Onset.Add(-margin), end.Add(margin)
	if until.After(now) {
		until = now
	}
	d.reach = reach{length: until.Sub(from), step: status.StepFor(from, until, now)}
	if series, err := s.Board.Series(ctx, inc.Service, status.SeriesQuery{From: from, To: until, Step: d.reach.step}); note("series", err) {
		d.series = &series
	}
	if courses, err := status.ReadCourses(ctx, s.Board, service, inc.Onset, end, status.StepFor(inc.Onset, end, now)); note("courses", err) {
		d.moved = moved(courses)
	}
	var err error
	if d.totals, err = s.Board.Totals(ctx, inc.Service, inc.Onset, end, ""); !note("totals", err) {
		d.totals = status.Totals{}
	}
	d.readPeak(ctx, s, note)
	for _, id := range inc.Linked[:min(len(inc.Linked), maxLinked)] {
		if other, _, err := s.story(ctx, id); err == nil {
			d.linked = append(d.linked, other)
		} else {
			s.untold(err, "linked incident", inc.Service)
		}
	}
	return d
}

// readPeak adds up the largest window of an incident, and in it the countries
// that reported most.
func (d *incidentData) readPeak(ctx context.Context, s *Site, note func(string, error) bool) {
	peak := d.incident.Peak
	if peak.At.IsZero() {
		return
	}
	// Windows end with the minute that runs.
	end := window.Start(peak.At).Add(window.Width)
	from := end.Add(-max(peak.Window, window.Width))
	all, err := s.Board.Totals(ctx, d.incident.Service, from, end, "")
	if !note("peak", err) {
		return
	}
	d.peak = all
	for _, c := range all.Countries {
		if c.Code == unknownCountry || len(d.local) == maxLocal {
			continue
		}
		one, err := s.Board.Totals(ctx, d.incident.Service, from, end, c.Code)
		if !note("peak of a country", err) {
			return
		}
		d.local = append(d.local, one)
	}
}
