package web

import (
	"context"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/status"
)

// getService shows how a service is.
func (s *Site) getService(c *gin.Context, to reader) {
	slug := c.Param("service")
	service, ok := s.Catalog.Service(slug)
	if !ok {
		if lower := strings.ToLower(slug); lower != slug {
			if _, ok := s.Catalog.Service(lower); ok {
				c.Redirect(http.StatusMovedPermanently, address(to.prefix, "/"+lower))
				return
			}
		}
		s.missing(c, to)
		return
	}
	now := s.Now().UTC()
	choice := readChoices(c.Request.URL.Query())
	if a := readSaid(c.Request.URL.Query(), now); a.what != "" {
		s.showService(c, to, service, a, http.StatusOK, now)
		return
	}
	s.shared(c, to, "/"+slug, choice.query(), func(ctx context.Context) (*written, error) {
		return s.writeService(ctx, to, service, choice, said{}, http.StatusOK, now)
	})
}

// showService sends the page of a service with the answer to a press of a
// button, which is for one visitor.
func (s *Site) showService(c *gin.Context, to reader, service *catalog.Service, a said, code int, now time.Time) {
	w, err := s.writeService(c.Request.Context(), to, service, readChoices(c.Request.URL.Query()), a, code, now)
	if err != nil {
		c.String(http.StatusInternalServerError, "Internal Server Error")
		return
	}
	s.send(c, w)
}

func (s *Site) writeService(ctx context.Context, to reader, service *catalog.Service, choice choices, a said, code int, now time.Time) (*written, error) {
	data := s.read(ctx, service, choice, now)
	unread := data.status == nil
	if !unread {
		s.last.keep(service.Slug, data)
	} else if old, ok := s.last.recall(service.Slug); ok {
		data = old
	}
	f := s.frame(to, "/"+service.Slug, now)
	f.Index, f.Live, f.Visit = true, service.Slug, f.To(f.Path)+"/visit"
	f.Pictured = service.Slug
	p := s.servicePage(f, service, data, choice, a)
	cache, wait := fresh, ""
	if a.what != "" {
		cache = unkept
	}
	if unread {
		cache, wait = unkept, retryLater
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

// read asks the board and the archive for all that the page of a service shows.
// What cannot be read is missing on the page; the rest is there.
func (s *Site) read(ctx context.Context, service *catalog.Service, choice choices, now time.Time) serviceData {
	var d serviceData
	slug := service.Slug
	if one, err := s.Board.Status(ctx, slug); err != nil {
		s.unread(err, "status", slug)
	} else {
		d.status = &one
	}
	offered := reaches
	if choice.reach != (reach{}) {
		offered = []reach{choice.reach}
	}
	if one, r, err := s.course(ctx, slug, offered, now); err != nil {
		s.unread(err, "series", slug)
	} else {
		d.series, d.reach = &one, r
	}
	if one, err := s.Board.Breakdown(ctx, slug, choice.window, ""); err != nil {
		s.unread(err, "breakdown", slug)
	} else {
		d.breakdown = &one
	}
	if one, err := s.Board.Countries(ctx, slug, choice.window, ""); err != nil {
		s.unread(err, "countries", slug)
	} else {
		d.countries = &one
	}
	if all, err := s.Board.Statuses(ctx); err != nil {
		s.unread(err, "statuses", slug)
	} else {
		d.all = all
	}
	s.readPast(ctx, service, &d, now)
	return d
}

// readPast adds what the archive tells of the last two days, and how symptoms
// moved since the trouble began, or lately.
func (s *Site) readPast(ctx context.Context, service *catalog.Service, d *serviceData, now time.Time) {
	recent, err := s.recent(ctx, service.Slug, now)
	if err != nil {
		s.untold(err, "incidents", service.Slug)
	}
	d.incidents = recent
	since := now.Add(-movedLately)
	for _, inc := range recent {
		if inc.State != incident.Resolved {
			d.running = &inc
			since = now.Add(-min(max(now.Sub(inc.Onset), movedShortest), movedLongest))
			break
		}
	}
	if d.running != nil {
		if _, d.timeline, err = s.story(ctx, d.running.ID); err != nil {
			s.untold(err, "timeline", service.Slug)
		}
		d.local = s.readLocal(ctx, service.Slug, d.status)
	}
	courses, err := status.ReadCourses(ctx, s.Board, service, since, now, movedStep(now.Sub(since)))
	if err != nil {
		s.unread(err, "courses", service.Slug)
		return
	}
	d.moved = moved(courses)
}

// How far back the page of a service tells how symptoms moved: without trouble,
// and in trouble at least and at most.
const (
	movedLately   = 6 * time.Hour
	movedShortest = 30 * time.Minute
	movedLongest  = 24 * time.Hour
)

// movedStep is the step in which that is told.
func movedStep(length time.Duration) time.Duration {
	if length <= 2*time.Hour {
		return 5 * time.Minute
	}
	return 15 * time.Minute
}

// readLocal splits the present window of the country with most reports.
func (s *Site) readLocal(ctx context.Context, slug string, now *status.Status) *status.Breakdown {
	if now == nil {
		return nil
	}
	worst, ok := worstCountry(*now)
	if !ok {
		return nil
	}
	one, err := s.Board.Breakdown(ctx, slug, now.Window, worst.Code)
	if err != nil {
		s.unread(err, "breakdown", slug)
		return nil
	}
	return &one
}

// senderAddr is the address of the sender, as far as the engine's trusted
// proxies tell it; the zero Addr if they tell none.
func senderAddr(c *gin.Context) netip.Addr {
	addr, err := netip.ParseAddr(c.ClientIP())
	if err != nil {
		return netip.Addr{}
	}
	return addr
}
