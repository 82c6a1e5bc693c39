// Package embed serves what stands on host pages: frames, the data of the
// elements, the map and the badge as images, the card beside a link, oEmbed, and
// the builder that prints the code to paste.
//
// Answers may be cached for half a minute and shown for longer while the site is
// away. A request that makes no sense gets the default instead of an error: a
// reader of the host page cannot correct it.
package embed

import (
	"bytes"
	"context"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/frontend"
	"github.com/outcry/outcry/pkg/cache"
	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/gate"
	"github.com/outcry/outcry/pkg/heatmap"
	"github.com/outcry/outcry/pkg/ingest"
	"github.com/outcry/outcry/pkg/markup"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/site"
	"github.com/outcry/outcry/pkg/status"
	"github.com/outcry/outcry/pkg/view"
	"github.com/outcry/outcry/pkg/window"
)

const (
	// carried is the Cache-Control of embeds, so that caches can carry the load of
	// a popular host page. What they show is at most 90 s old, a card a minute
	// more, or 10 minutes while the site is away.
	carried = "public, max-age=30, stale-while-revalidate=60, stale-if-error=600"
	// framed is the Content-Security-Policy of frames. Any page may frame them.
	framed = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; " +
		"form-action 'self'; base-uri 'none'; frame-ancestors *"
)

// Board is what embeds need of package status.
type Board interface {
	Status(ctx context.Context, slug string) (status.Status, error)
	Countries(ctx context.Context, slug string, window time.Duration, symptom string) (status.Countries, error)
	Series(ctx context.Context, slug string, q status.SeriesQuery) (status.Series, error)
}

// Ingester is what embeds need of package ingest.
type Ingester interface {
	// Submit has a report counted, or returns an error whose fault.Kind says why
	// not.
	Submit(s report.Submission, from ingest.Sender) (ingest.Receipt, error)
}

// Embeds serves what stands on host pages. It is safe for concurrent use.
type Embeds struct {
	*site.Site
	board     Board
	ingest    Ingester
	templates *template.Template
	cards     *cache.Cache[cardKey, []byte]
	gates     Gates
}

// Gates admit work for embeds. Without a gate everybody is admitted.
type Gates struct {
	Drawing *gate.Gate // of cards
	Making  *gate.Gate // of everything else
}

// New reads the templates of embeds.
func New(s *site.Site, board Board, in Ingester, gates Gates) (*Embeds, error) {
	t, err := markup.Parse(frontend.Files, "templates/embed.html", "templates/parts.html", "templates/map.html", "templates/picture.svg")
	if err != nil {
		return nil, fmt.Errorf("read the templates of embeds: %w", err)
	}
	return &Embeds{Site: s, board: board, ingest: in, templates: t, cards: newCards(), gates: gates}, nil
}

// CacheStats returns the totals of the cache of cards, for metrics.
func (s *Embeds) CacheStats() cache.Stats { return s.cards.Stats() }

// Mount adds the routes of embeds to r.
func (s *Embeds) Mount(r *gin.Engine) {
	for path, handle := range map[string]gin.HandlerFunc{
		"/embed/heatmap/:service":     s.getHeatmapFrame,
		"/embed/report/:service":      s.getReportFrame,
		"/map/:file":                  s.getMap,
		"/badge/:file":                s.getBadge,
		"/card/:file":                 s.getCard,
		"/oembed":                     s.getOEmbed,
		"/widget/:version/outcry.js":  s.getWidget,
		"/widget/v1/heatmap/:service": s.getHeatmapData,
		"/widget/v1/chart/:service":   s.getChartData,
	} {
		r.GET(path, handle)
		r.HEAD(path, handle)
	}
	r.POST("/embed/report/:service", s.postReportFrame)
}

// embedding is what the address of an embed asks for.
type embedding struct {
	to      site.Reader
	names   view.Labels
	service *catalog.Service
	window  time.Duration
	metric  heatmap.Metric
	country string // "" for all
	theme   string // light, dark, or "" for what the visitor prefers
	title   bool   // show the name and level above the picture
}

// themes are the themes that an address can ask for.
var themes = map[string]bool{"light": true, "dark": true}

// asked reads the address of an embed of a service. Parameters that make no sense
// get their defaults. If there is no such service, asked answers 404 and
// returns false.
func (s *Embeds) asked(c *gin.Context, slug string) (embedding, bool) {
	h := c.Writer.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Expose-Headers", "ETag")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "strict-origin-when-cross-origin")
	q := c.Request.URL.Query()
	e := embedding{window: window.Default, metric: heatmap.ParseMetric(q.Get("metric")), title: q.Get("title") != "no"}
	e.to = s.Reader(c.Writer, c.Request, q.Get("lang"))
	e.names = s.Labels(e.to.Locale)
	if w, err := window.Parse(q.Get("window")); err == nil {
		e.window = w
	}
	e.country = s.Country(q.Get("country"))
	if theme := q.Get("theme"); themes[theme] {
		e.theme = theme
	}
	service, ok := s.Catalog.Service(slug)
	if !ok {
		c.Header("Cache-Control", "public, max-age=60")
		c.Header("Content-Security-Policy", framed)
		c.String(http.StatusNotFound, e.to.Locale.Say("missing_head")+"\n")
		return e, false
	}
	e.service = service
	return e, true
}

// give sends body with its entity tag, or 304 if the browser has it. cache is the
// Cache-Control header.
func (s *Embeds) give(c *gin.Context, kind string, body []byte, cache string) {
	tag := site.Tag(body)
	c.Header("Cache-Control", cache)
	c.Header("ETag", tag)
	if site.TagMatches(c.GetHeader("If-None-Match"), tag) {
		c.Status(http.StatusNotModified)
		return
	}
	c.Data(http.StatusOK, kind, body)
}

// execute returns what a template makes of data, when its turn has come. It logs
// errors of the template.
func (s *Embeds) execute(ctx context.Context, name string, data any) ([]byte, error) {
	return gate.Do(ctx, s.gates.Making, func() ([]byte, error) {
		var b bytes.Buffer
		if err := s.templates.ExecuteTemplate(&b, name, data); err != nil {
			s.Log.Error("cannot write an embed", slog.String("template", name), slog.Any("error", err))
			return nil, err
		}
		return b.Bytes(), nil
	})
}

// unavailable answers 503: the status cannot be read now. Elements keep what they
// show and ask again.
func (s *Embeds) unavailable(c *gin.Context, to site.Reader) {
	c.Header("Cache-Control", "no-store")
	c.Header("Retry-After", "30")
	c.Header("Content-Security-Policy", framed)
	c.String(http.StatusServiceUnavailable, to.Locale.Say("why_unread")+"\n")
}
