// Package web serves the pages: what is down now, and how one service is, in
// the visitor's language. A page is whole without its script; the script only
// keeps it live.
//
// Handlers read the board, pure functions make a plain page of what it says,
// and templates write it down. Nothing here decides or counts.
package web

import (
	"context"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/api"
	"github.com/outcry/outcry/frontend"
	"github.com/outcry/outcry/pkg/cache"
	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/ingest"
	"github.com/outcry/outcry/pkg/locale"
	"github.com/outcry/outcry/pkg/markup"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/status"
)

// Board is what pages need of status.
type Board interface {
	Status(ctx context.Context, slug string) (status.Status, error)
	// Statuses returns how every service of the catalog is, in catalog order.
	Statuses(ctx context.Context) ([]status.Status, error)
	Breakdown(ctx context.Context, slug string, window time.Duration, country string) (status.Breakdown, error)
	Countries(ctx context.Context, slug string, window time.Duration, symptom string) (status.Countries, error)
	Series(ctx context.Context, slug string, q status.SeriesQuery) (status.Series, error)
	// Totals adds up what was reported in a stretch that may be over.
	Totals(ctx context.Context, slug string, from, to time.Time, country string) (status.Totals, error)
}

// Ingester is what pages need of ingest.
type Ingester interface {
	// Submit has a report counted, or returns an error whose fault.Kind says why
	// not.
	Submit(s report.Submission, from ingest.Sender) (ingest.Receipt, error)
	// Visit counts a view of a service's page by a person, as well as it can.
	Visit(service string, addr netip.Addr)
}

// Options are the parts of a Site.
type Options struct {
	Catalog *catalog.Catalog
	Board   Board
	Ingest  Ingester
	// Incidents and Live tell what went wrong before, and how it goes on.
	Incidents Incidents
	Live      Live
	// PublicURL is the scheme and host that pages name themselves by, without a
	// slash at the end. Without it their links to themselves are relative.
	PublicURL string
	// Simulated marks every page: the reports are not real.
	Simulated bool
	// Quorum is what the page about the method says that levels take.
	Quorum Quorum
	// Attribution names the source of countries, as its licence asks; empty: none.
	Attribution string
	Now         func() time.Time
	Log         *slog.Logger
}

// Site serves the pages. It is safe for concurrent use.
type Site struct {
	Options
	languages locale.Set
	templates map[string]*template.Template
	assets    Assets
	origin    *http.CrossOriginProtection
	scores    scored
	reference *api.Reference
	last      lastKnown
	kept      *cache.Cache[pageKey, *written] // pages of this second
	cards     *cache.Cache[cardKey, []byte]
}

// pages are the templates that stand in the layout.
var pages = []string{"home", "service", "message", "history", "incident", "method", "developers"}

// New reads the templates, words and files that pages are made of.
func New(o Options) (*Site, error) {
	s := &Site{Options: o, templates: map[string]*template.Template{}, origin: http.NewCrossOriginProtection(),
		kept: cache.New[pageKey, *written](time.Second, keptPages), cards: cache.New[cardKey, []byte](cardLife, keptCards)}
	s.kept.Stale = stalePages
	if o.PublicURL != "" {
		// A proxy may call this server by another name than browsers do.
		if err := s.origin.AddTrustedOrigin(o.PublicURL); err != nil {
			return nil, fmt.Errorf("read the public URL: %w", err)
		}
	}
	var err error
	if s.languages, err = locale.Load(frontend.Files); err != nil {
		return nil, err
	}
	if s.assets, err = readAssets(frontend.Files); err != nil {
		return nil, err
	}
	if s.scores, err = readScores(); err != nil {
		return nil, err
	}
	if s.reference, err = api.NewReference(); err != nil {
		return nil, err
	}
	if s.templates["embed"], err = markup.Parse(frontend.Files, "templates/embed.html", "templates/parts.html", "templates/map.html", "templates/picture.svg"); err != nil {
		return nil, fmt.Errorf("read the templates of embeds: %w", err)
	}
	for _, page := range pages {
		t, err := markup.Parse(frontend.Files, "templates/layout.html", "templates/parts.html", "templates/map.html", "templates/builder.html", "templates/"+page+".html")
		if err != nil {
			return nil, fmt.Errorf("read the template of %s: %w", page, err)
		}
		s.templates[page] = t
	}
	return s, nil
}

// Mount adds the routes of the pages to r. The engine's NoRoute is not among
// them, because other parts of the house answer there too: see NotFound.
func (s *Site) Mount(r *gin.Engine) {
	r.GET("/static/:file", s.getAsset)
	s.mountEmbeds(r)
	s.mount(&r.RouterGroup, "")
	for _, code := range locale.Codes() {
		s.mount(r.Group("/"+code), "/"+code)
	}
}

// mount adds the pages below the prefix of a language, or below none.
func (s *Site) mount(g *gin.RouterGroup, prefix string) {
	root := "/"
	if prefix != "" {
		root = ""
	}
	for path, handle := range map[string]func(*gin.Context, reader){
		root:                s.getHome,
		"/:service":         s.getService,
		"/:service/history": s.getHistory,
		"/incidents/:id":    s.getIncident,
		"/method":           s.getMethod,
		"/developers":       s.getDevelopers,
	} {
		g.GET(path, s.reading(prefix, handle))
		g.HEAD(path, s.reading(prefix, handle))
	}
	if prefix != "" {
		g.Match([]string{http.MethodGet, http.MethodHead}, "/", func(c *gin.Context) { c.Redirect(http.StatusMovedPermanently, prefix) })
	}
	g.POST("/:service/report", s.reading(prefix, s.postReport))
	g.GET("/:service/report", s.reading(prefix, s.getReport))
	g.POST("/:service/visit", s.reading(prefix, s.postVisit))
}

// reader is who a page is made for.
type reader struct {
	locale *locale.Locale
	prefix string // the part of the address that fixes the language, or ""
}

// reading finds the language of a request before its handler runs: the one that
// the prefix fixes, else the one that the browser asks for.
func (s *Site) reading(prefix string, handle func(*gin.Context, reader)) gin.HandlerFunc {
	return func(c *gin.Context) { handle(c, s.reader(prefix, c)) }
}

func (s *Site) reader(prefix string, c *gin.Context) reader {
	if l, ok := s.languages.ByCode(strings.TrimPrefix(prefix, "/")); ok {
		return reader{l, prefix}
	}
	c.Header("Vary", "Accept-Language")
	return reader{s.languages.Match(c.GetHeader("Accept-Language")), ""}
}
