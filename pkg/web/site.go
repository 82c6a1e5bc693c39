// Package web serves the pages in the visitor's language: what is down now, one
// service, its incidents, the method and the reference of the API. A page is
// complete without its script, which only keeps it live.
//
// Handlers read statuses and incidents, package view makes plain models of them,
// and templates write the models as HTML. Package web judges and counts nothing.
package web

import (
	"context"
	"fmt"
	"html/template"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/api"
	"github.com/outcry/outcry/frontend"
	"github.com/outcry/outcry/pkg/cache"
	"github.com/outcry/outcry/pkg/gate"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/ingest"
	"github.com/outcry/outcry/pkg/locale"
	"github.com/outcry/outcry/pkg/markup"
	"github.com/outcry/outcry/pkg/publicurl"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/site"
	"github.com/outcry/outcry/pkg/status"
	"github.com/outcry/outcry/pkg/view"
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
	// IncidentTotals adds up what was reported in an incident.
	IncidentTotals(ctx context.Context, inc incident.Incident) (status.Totals, error)
}

// Ingester is what pages need of package ingest.
type Ingester interface {
	// Submit has a report counted, or returns an error whose fault.Kind says why
	// not.
	Submit(s report.Submission, from ingest.Sender) (ingest.Receipt, error)
	// Stamp returns what the form of a service carries, if anything.
	Stamp(service string) string
	// Visit counts a view of a service's page by a person, as well as it can.
	Visit(service string, addr netip.Addr)
}

// Options are the parts of Pages.
type Options struct {
	Site   *site.Site
	Board  Board
	Ingest Ingester
	// Incidents are past incidents, and Live the present ones.
	Incidents Incidents
	Live      Live
	// Quorum is printed on the page about the method.
	Quorum view.Quorum
	// Attribution names the source of countries, as its licence asks; empty: none.
	Attribution string
	// Making admits whoever makes a page. Without a gate everybody is admitted.
	Making *gate.Gate
	// Mail keeps subscriptions by e-mail; nil if the operator has not set it up.
	Mail MailDesk
	// Wishes keeps what visitors ask for; nil if nobody may ask.
	Wishes WishDesk
	// Last outlives the pages when they are made anew. It may be nil.
	Last *LastKnown
	// PushKey is the public key for push services; empty if nobody can subscribe.
	PushKey string
}

// Pages serves the pages of a site. It is safe for concurrent use.
type Pages struct {
	*site.Site
	Options
	templates map[string]*template.Template
	scores    view.Scorecard
	reference *api.Reference
	snippets  []snippet
	last      *LastKnown
	kept      *cache.Cache[pageKey, *written] // pages of this second
}

// pageNames are the templates that are parsed with the layout.
var pageNames = []string{"home", "service", "message", "history", "incident", "method", "developers", "admin", "offline", "mail"}

// CacheStats returns the totals of the cache of pages, for metrics.
func (s *Pages) CacheStats() cache.Stats { return s.kept.Stats() }

// New reads the templates and the figures of the scorecard.
func New(o Options) (*Pages, error) {
	s := &Pages{Site: o.Site, Options: o, templates: map[string]*template.Template{}, kept: cache.New[pageKey, *written](time.Second, keptPages), last: o.Last}
	if s.last == nil {
		s.last = &LastKnown{}
	}
	s.kept.Size, s.kept.MaxBytes = func(w *written) int { return len(w.plain) + len(w.small) }, keptPageBytes
	s.kept.StaleFor, s.kept.StaleOnError = stalePages, staleWhenBusy
	var err error
	if s.scores, err = readScores(); err != nil {
		return nil, err
	}
	if s.reference, err = api.NewReference(); err != nil {
		return nil, err
	}
	if s.snippets, err = readSnippets(); err != nil {
		return nil, err
	}
	for _, page := range pageNames {
		t, err := markup.Parse(frontend.Files, "templates/layout.html", "templates/parts.html", "templates/map.html", "templates/builder.html", "templates/"+page+".html")
		if err != nil {
			return nil, fmt.Errorf("read the template of %s: %w", page, err)
		}
		s.templates[page] = t
	}
	return s, nil
}

// Mount adds the routes of the pages to r. It does not set NoRoute, because the
// API answers unknown addresses too: see NotFound.
func (s *Pages) Mount(r *gin.Engine) {
	r.GET("/static/:file", s.getAsset)
	methods := []string{http.MethodGet, http.MethodHead}
	r.Match(methods, "/robots.txt", s.getRobots)
	r.Match(methods, "/favicon.ico", s.getIcon)
	r.GET(site.WorkerPath, s.getWorker)
	s.mountLanguage(&r.RouterGroup, "")
	for _, code := range locale.Codes() {
		s.mountLanguage(r.Group("/"+code), "/"+code)
	}
}

// mountLanguage adds the pages below the prefix of a language, or at the root
// for the empty prefix.
func (s *Pages) mountLanguage(g *gin.RouterGroup, prefix string) {
	root := "/"
	if prefix != "" {
		root = ""
	}
	for path, handle := range map[string]func(*gin.Context, site.Reader){
		root:                   s.getHome,
		"/:service":            s.getService,
		"/:service/history":    s.getHistory,
		"/incidents/:id":       s.getIncident,
		"/method":              s.getMethod,
		"/developers":          s.getDevelopers,
		"/admin":               s.getAdmin,
		feedPath:               s.getFeed,
		sitemapPath:            s.getSitemap,
		"/:service" + feedPath: s.getServiceFeed,
		"/offline":             s.getOffline,
		manifestPath:           s.getManifest,
	} {
		g.GET(path, s.reading(prefix, handle))
		g.HEAD(path, s.reading(prefix, handle))
	}
	if prefix != "" {
		g.Match([]string{http.MethodGet, http.MethodHead}, "/", func(c *gin.Context) { c.Redirect(http.StatusMovedPermanently, publicurl.Of(c.Request).Base+prefix) })
	}
	g.POST("/:service/report", s.reading(prefix, s.postReport))
	g.GET("/:service/report", s.reading(prefix, s.getReport))
	s.mountMail(g, prefix)
	if s.Wishes != nil {
		g.POST(wishPath, s.reading(prefix, s.postWish))
	}
	g.POST("/:service/visit", s.reading(prefix, s.postVisit))
}

// reading finds the reader of a request before its handler runs. prefix is the
// part of the address that fixes the language, or empty.
func (s *Pages) reading(prefix string, handle func(*gin.Context, site.Reader)) gin.HandlerFunc {
	return func(c *gin.Context) {
		to := s.Reader(c.Writer, c.Request, strings.TrimPrefix(prefix, "/"))
		to.Locale = to.Locale.In(zoneOf(c.Query("zone")))
		handle(c, to)
	}
}

// zoneOf returns the zone that is this many minutes ahead of UTC, which the script
// asks for. It returns UTC for text that is no such number.
func zoneOf(minutes string) *time.Location {
	const least, most, step = -12 * 60, 14 * 60, 15
	n, err := strconv.Atoi(minutes)
	if err != nil || n < least || n > most || n%step != 0 {
		return time.UTC
	}
	return time.FixedZone("", n*60)
}

// frame returns the frame of the page at path.
func (s *Pages) frame(to site.Reader, path string, now time.Time) view.Frame {
	f := view.Frame{
		Locale: to.Locale, Path: path, Prefix: to.Prefix, Origin: to.Home.Origin, Guessed: s.PublicURL == "", Assets: s.Assets.Below(to.Home.Base), Brand: s.Brand.Brand,
		Date: to.Locale.Date(now), Times: to.Locale.Fill("times_in", locale.Values{"Zone": to.Locale.Zone()}), Simulated: s.Simulated, Attribution: s.Attribution,
	}
	for _, other := range s.Languages {
		if other.Code != to.Locale.Code {
			f.Others = append(f.Others, view.Language{Code: other.Code, Name: other.Say("language_name")})
		}
	}
	return f
}
