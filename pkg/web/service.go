package web

import (
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/pkg/catalog"
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
	a := readSaid(c.Request.URL.Query(), now)
	// Only a browser that shows a page to a person says that it wants a document.
	if c.GetHeader("Sec-Fetch-Dest") == "document" && a.what == "" {
		s.Ingest.Visit(slug, sender(c).Addr)
	}
	s.showService(c, to, service, a, http.StatusOK, now)
}

// showService writes the page of a service with the answer to a press of a
// button, if there is one.
func (s *Site) showService(c *gin.Context, to reader, service *catalog.Service, a said, code int, now time.Time) {
	choice := readChoices(c.Request.URL.Query())
	data := s.read(c, service.Slug, choice, now)
	f := s.frame(to, "/"+service.Slug, now)
	f.Index, f.Live = true, service.Slug
	p := servicePage(f, service, data, choice, a, labels{s.Catalog, to.locale.Code})
	cache := fresh
	if a.what != "" {
		cache = "no-store"
	}
	if data.status == nil {
		cache = "no-store"
		c.Header("Retry-After", "10")
		if code == http.StatusOK {
			code = http.StatusServiceUnavailable
		}
	}
	s.render(c, code, "service", &p, cache)
}

// read asks the board for all that the page of a service shows. What cannot be
// read is missing on the page; the rest is there.
func (s *Site) read(c *gin.Context, slug string, choice choices, now time.Time) serviceData {
	ctx := c.Request.Context()
	var d serviceData
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
	return d
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
