// Package guard limits how much one sender may read: pages, calls of the API and
// pictures, at each level of the hierarchy of addresses. It notes the sender, so
// that handlers can charge what costs more. Submissions and visits are limited
// where they are counted, in package ingest.
package guard

import (
	"crypto/rand"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/pkg/limit"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/site"
)

// DayKeys returns the secrets that pseudonyms are made with, as ingest.DayKeys.
type DayKeys interface {
	Keys(now time.Time) (today, yesterday *report.DayKey, err error)
}

// Guard takes what a request costs from the allowances of its sender.
type Guard struct {
	limiter limit.Limiter
	keys    DayKeys
	own     *report.DayKey // for when no key of the day can be had
	now     func() time.Time
	refuse  func(*gin.Context, limit.Decision)
}

// New returns a Guard. It has refuse answer the requests of senders whose
// allowance is exhausted.
func New(limiter limit.Limiter, keys DayKeys, now func() time.Time, refuse func(*gin.Context, limit.Decision)) *Guard {
	g := &Guard{limiter: limiter, keys: keys, own: &report.DayKey{}, now: now, refuse: refuse}
	rand.Read(g.own[:]) //nolint:errcheck // it never returns an error
	return g
}

// Handle is the handler before all others.
func (g *Guard) Handle(c *gin.Context) {
	class, limited := classOf(c.Request.Method, c.FullPath())
	if !limited {
		return
	}
	now := g.now()
	key, _, err := g.keys.Keys(now)
	if err != nil {
		key = g.own // pages are served while no report can be taken
	}
	from := limit.SenderAt(key, site.Addr(c.ClientIP()))
	c.Request = c.Request.WithContext(limit.With(c.Request.Context(), g.limiter, from))
	d := g.limiter.Take(class, from, now)
	if !d.Allowed {
		c.Abort()
		g.refuse(c, d)
		return
	}
	d.Announce(c.Writer.Header())
}

// Routes that cost more than others, without the prefix of a language.
var (
	archives = map[string]bool{
		"/api/v1/services/:service/series": true, "/api/v1/incidents": true, "/api/v1/incidents/:id": true,
		"/:service/history": true, "/incidents/:id": true,
		"/mcp": true, "/feed.atom": true, "/:service/feed.atom": true,
		"/api/v2/summary.json": true, "/api/v2/incidents.json": true, "/api/v2/incidents/unresolved.json": true,
		"/:service/api/v2/summary.json": true, "/:service/api/v2/incidents.json": true, "/:service/api/v2/incidents/unresolved.json": true,
	}
	exports       = map[string]bool{"/api/v1/services/:service/archive": true, "/api/v1/incidents.csv": true}
	subscriptions = map[string]bool{"/api/v1/push/subscriptions": true, "/api/v1/push/subscriptions/:token": true, "/:service/mail": true, "/wish": true}
	pictures      = map[string]bool{"/card/:file": true}
	embeds        = map[string]bool{
		"/map/:file": true, "/badge/:file": true, "/embed/heatmap/:service": true, "/embed/report/:service": true,
		"/widget/v1/heatmap/:service": true, "/widget/v1/chart/:service": true,
	}
)

// classOf returns the allowance that a request takes from, and false for one that
// costs nothing: files that are in memory, checks of health, and other posts to the
// API, which have allowances of their own or take a key. A form is answered with a page.
func classOf(method, route string) (limit.Class, bool) {
	switch {
	case subscriptions[route], subscriptions[withoutLanguage(route)]:
		return limit.Subscriptions, true
	case strings.HasPrefix(route, "/api/") && method != http.MethodGet && method != http.MethodHead:
		return 0, false
	case route == "/healthz", route == "/readyz", route == "/robots.txt", route == "/favicon.ico", strings.HasPrefix(route, "/static/"):
		return 0, false
	case archives[route], archives[withoutLanguage(route)]:
		return limit.Archives, true
	case exports[route]:
		return limit.Exports, true
	case pictures[route]:
		return limit.Pictures, true
	case embeds[route]:
		return limit.Embeds, true
	}
	return limit.Pages, true
}

// Costly returns the routes that take from allowances of their own.
func Costly() []string {
	var all []string
	for _, routes := range []map[string]bool{archives, exports, subscriptions, pictures, embeds} {
		all = slices.AppendSeq(all, maps.Keys(routes))
	}
	return all
}

// withoutLanguage returns a route without the two letters of a language.
func withoutLanguage(route string) string {
	if len(route) > 3 && route[0] == '/' && route[3] == '/' {
		return route[3:]
	}
	return route
}
