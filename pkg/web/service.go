package web

import (
	"context"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/gate"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/site"
	"github.com/outcry/outcry/pkg/status"
	"github.com/outcry/outcry/pkg/view"
)

// getService serves the page of a service.
func (s *Pages) getService(c *gin.Context, to site.Reader) {
	slug := c.Param("service")
	service, ok := s.Catalog.Service(slug)
	if !ok {
		s.missing(c, to)
		return
	}
	now := s.Now().UTC()
	choice := view.ParseChoices(c.Request.URL.Query())
	if a := site.ReadAnswer(c.Request.URL.Query(), service, now); a.Kind != "" {
		s.showService(c, to, service, a, http.StatusOK, now)
		return
	}
	s.shared(c, to, "/"+slug, choice.Query(), func(ctx context.Context) (*written, error) {
		return s.writeService(ctx, to, service, choice, view.Answer{}, http.StatusOK, now)
	})
}

// showService sends the page of a service with the answer to a press. It is for
// one visitor.
func (s *Pages) showService(c *gin.Context, to site.Reader, service *catalog.Service, a view.Answer, code int, now time.Time) {
	w, err := gate.Do(c.Request.Context(), s.Making, func() (*written, error) {
		if err := s.charge(c.Request.Context()); err != nil {
			return nil, err
		}
		return s.writeService(c.Request.Context(), to, service, view.ParseChoices(c.Request.URL.Query()), a, code, now)
	})
	s.sendMade(c, to, w, err)
}

func (s *Pages) writeService(ctx context.Context, to site.Reader, service *catalog.Service, choice view.Choices, a view.Answer, code int, now time.Time) (*written, error) {
	data := s.read(ctx, service, choice, now)
	unread := data.Status == nil
	if !unread {
		s.last.keep(service.Slug, data)
	} else if old, ok := s.last.recall(service.Slug); ok {
		data = old
	}
	f := s.frame(to, "/"+service.Slug, now)
	f.Index, f.Live, f.Visit = true, service.Slug, f.To(f.Path)+"/visit"
	f.Pictured, f.Feed = service.Slug, "/"+service.Slug+feedPath
	data.PushKey, data.HasMail = s.PushKey, s.Mail != nil
	p := view.NewServicePage(f, service, data, choice, a, s.Labels(to.Locale))
	p.Form.Made = s.Ingest.Stamp(service.Slug)
	cache, wait := fresh, ""
	if a.Kind != "" {
		cache = site.NoStore
	}
	if unread {
		cache, wait = site.NoStore, retryLater
		if code == http.StatusOK {
			code = http.StatusServiceUnavailable
		}
	}
	w, err := s.write(code, "service", &p, cache)
	if err != nil {
		return nil, err
	}
	w.wait = wait
	return w, nil
}

// read reads what the page of a service shows. What cannot be read is logged and
// left out.
func (s *Pages) read(ctx context.Context, service *catalog.Service, choice view.Choices, now time.Time) view.ServiceData {
	var d view.ServiceData
	slug := service.Slug
	if one, err := s.Board.Status(ctx, slug); err != nil {
		s.LogUnread(err, "status", slug)
	} else {
		d.Status = &one
	}
	offered := view.ChartRanges
	if d.Status != nil {
		offered = view.RangesFor(*d.Status)
	}
	if choice.Range != (view.Range{}) {
		offered = []view.Range{choice.Range}
	}
	if one, r, err := s.course(ctx, slug, offered, now); err != nil {
		s.LogUnread(err, "series", slug)
	} else {
		d.Series, d.Range = &one, r
	}
	if d.Status != nil && d.Status.Window == choice.Window { // from the same snapshot
		split, countries := d.Status.Breakdown(""), d.Status.Heatmap()
		d.Breakdown, d.Countries = &split, &countries
	} else {
		s.readWindow(ctx, slug, choice.Window, &d)
	}
	if all, err := s.Board.Statuses(ctx); err != nil {
		s.LogUnread(err, "statuses", slug)
	} else {
		d.All = all
	}
	s.readPast(ctx, service, &d, now)
	return d
}

// readWindow adds the split of another window than that of the status.
func (s *Pages) readWindow(ctx context.Context, slug string, window time.Duration, d *view.ServiceData) {
	if one, err := s.Board.Breakdown(ctx, slug, window, ""); err != nil {
		s.LogUnread(err, "breakdown", slug)
	} else {
		d.Breakdown = &one
	}
	if one, err := s.Board.Countries(ctx, slug, window, ""); err != nil {
		s.LogUnread(err, "countries", slug)
	} else {
		d.Countries = &one
	}
}

// readPast adds the incidents of the last two days, and how shares of symptoms
// changed since the onset of the running one, or lately.
func (s *Pages) readPast(ctx context.Context, service *catalog.Service, d *view.ServiceData, now time.Time) {
	recent, err := s.recent(ctx, service.Slug, now)
	if err != nil {
		s.logArchiveError(err, "incidents", service.Slug)
	}
	d.Incidents = recent
	since := now.Add(-movedLately)
	for _, inc := range recent {
		if inc.State != incident.Resolved {
			d.Running = &inc
			since = now.Add(-min(max(now.Sub(inc.Onset), movedShortest), movedLongest))
			break
		}
	}
	if d.Running != nil {
		if _, d.Timeline, err = s.story(ctx, d.Running.ID); err != nil {
			s.logArchiveError(err, "timeline", service.Slug)
		}
	}
	courses, err := status.ReadSeriesBySymptom(ctx, s.Board, service, since, now, movedStep(now.Sub(since)))
	if err != nil {
		s.LogUnread(err, "courses", service.Slug)
		return
	}
	d.Movement = view.NewMovement(courses)
}

// How far back the page of a service tells how symptoms moved: without trouble,
// and in trouble at least and at most.
const (
	movedLately   = 6 * time.Hour
	movedShortest = 30 * time.Minute
	movedLongest  = 24 * time.Hour
)

// movedStep returns the step for the shares of symptoms over this length.
func movedStep(length time.Duration) time.Duration {
	if length <= 2*time.Hour {
		return 5 * time.Minute
	}
	return 15 * time.Minute
}
