package web

import (
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/heatmap"
	"github.com/outcry/outcry/pkg/window"
)

const (
	// carried lets caches carry a front page: what they show is at most a minute
	// and a half old, and an old picture is better than none.
	carried = "public, max-age=30, stale-while-revalidate=60, stale-if-error=600"
	// framed is the policy of what others put into frames. It is for them to say
	// where it stands.
	framed = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; " +
		"form-action 'self'; base-uri 'none'; frame-ancestors *"
)

// mountEmbeds adds the routes of everything that stands on pages of others.
func (s *Site) mountEmbeds(r *gin.Engine) {
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

// embedding is what the page of others asks for.
type embedding struct {
	to      reader
	names   labels
	service *catalog.Service
	window  time.Duration
	metric  heatmap.Metric
	country string // "" for all
	theme   string // light, dark, or "" for what the visitor prefers
	title   bool   // show the name and level above the picture
}

// themes are the looks that can be asked for.
var themes = map[string]bool{"light": true, "dark": true}

// asked reads what is asked for. What makes no sense is as if it were not there:
// the page of others cannot mend it, and a picture is better than none. It
// returns false where there is no such service, and has answered then.
func (s *Site) asked(c *gin.Context, slug string) (embedding, bool) {
	h := c.Writer.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Expose-Headers", "ETag")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "strict-origin-when-cross-origin")
	q := c.Request.URL.Query()
	e := embedding{window: window.Default, metric: heatmap.ParseMetric(q.Get("metric")), title: q.Get("title") != "no"}
	e.to = s.embedReader(c, q.Get("lang"))
	e.names = labels{s.Catalog, e.to.locale}
	if w, err := window.Parse(q.Get("window")); err == nil {
		e.window = w
	}
	if country, ok := s.Catalog.Country(strings.ToUpper(q.Get("country"))); ok && country.Code != unknownCountry {
		e.country = country.Code
	}
	if theme := q.Get("theme"); themes[theme] {
		e.theme = theme
	}
	service, ok := s.Catalog.Service(slug)
	if !ok {
		c.Header("Cache-Control", "public, max-age=60")
		c.Header("Content-Security-Policy", framed)
		c.String(http.StatusNotFound, e.to.locale.Say("missing_head")+"\n")
		return e, false
	}
	e.service = service
	return e, true
}

// embedReader is who an embed is made for: in the language that is asked for, or
// else in that of the browser.
func (s *Site) embedReader(c *gin.Context, lang string) reader {
	if lang != "" {
		l := s.languages.Match(lang)
		return reader{l, "/" + l.Code}
	}
	c.Header("Vary", "Accept-Language")
	return reader{s.languages.Match(c.GetHeader("Accept-Language")), ""}
}

// home is the scheme and host by which others reach this site: what the operator
// says, or else what the request says.
func (s *Site) home(c *gin.Context) string {
	if s.PublicURL != "" {
		return s.PublicURL
	}
	if c.Request.TLS != nil {
		return "https://" + c.Request.Host
	}
	return "http://" + c.Request.Host
}

// give answers with something that pages of others show or run, which may be
// kept for as long as cache says, or with 304 where the browser has it.
func (s *Site) give(c *gin.Context, kind string, body []byte, cache string) {
	tag := weakTag(body)
	c.Header("Cache-Control", cache)
	c.Header("ETag", tag)
	if matches(c.GetHeader("If-None-Match"), tag) {
		c.Status(http.StatusNotModified)
		return
	}
	c.Data(http.StatusOK, kind, body)
}

// silent answers where nothing can be read now: pages of others keep what they
// show, and ask again.
func (s *Site) silent(c *gin.Context, to reader) {
	c.Header("Cache-Control", "no-store")
	c.Header("Retry-After", "30")
	c.Header("Content-Security-Policy", framed)
	c.String(http.StatusServiceUnavailable, to.locale.Say("why_unread")+"\n")
}
