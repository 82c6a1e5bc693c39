package httpapi

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"
	"golang.org/x/net/http/httpguts"
)

// Headers that pages of other origins may send. Client libraries, tracing and
// caches add headers of their own, so that a preflight also allows those it names.
const (
	readHeaders = "*, Accept, Authorization, Cache-Control, Content-Type, If-None-Match, Last-Event-ID, Traceparent, X-Requested-With"
	postHeaders = "Authorization, Content-Type, Idempotency-Key"
)

// preflight answers a browser that asks whether a page of another origin may call
// the API. All origins may read. An origin may post if it is registered to its
// key. The browser sends the key only with the post itself, so that every origin
// that announces a key is allowed here and checked then. Cookies and the like are
// never allowed: the API has none.
func (a *API) preflight(c *gin.Context) {
	h := c.Writer.Header()
	h.Add("Vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers")
	asked := c.GetHeader("Access-Control-Request-Headers")
	switch c.GetHeader("Access-Control-Request-Method") {
	case http.MethodGet, http.MethodHead:
		h.Set("Access-Control-Allow-Origin", "*")
		h.Set("Access-Control-Allow-Methods", "GET, HEAD")
		h.Set("Access-Control-Allow-Headers", withNames(readHeaders, asked))
		h.Set("Access-Control-Max-Age", "86400")
	case http.MethodPost:
		if origin := c.GetHeader("Origin"); origin != "" && holdsName(asked, "authorization") {
			h.Set("Access-Control-Allow-Origin", origin)
			h.Set("Access-Control-Allow-Methods", "POST")
			h.Set("Access-Control-Allow-Headers", withNames(postHeaders, asked))
			h.Set("Access-Control-Max-Age", "600")
		}
	}
	c.Status(http.StatusNoContent)
	c.Writer.WriteHeaderNow()
}

// maxAskedHeaders bounds the header names that a preflight repeats.
const maxAskedHeaders = 32

// withNames returns the list of header names own, and those of asked that it does
// not hold. Text that is no header name is left out.
func withNames(own, asked string) string {
	all := own
	for i, name := range strings.Split(asked, ",") {
		name = strings.TrimSpace(name)
		if i < maxAskedHeaders && httpguts.ValidHeaderFieldName(name) && !holdsName(all, name) {
			all += ", " + name
		}
	}
	return all
}

// holdsName reports whether a list of header names holds name.
func holdsName(list, name string) bool {
	for n := range strings.SplitSeq(list, ",") {
		if strings.EqualFold(strings.TrimSpace(n), name) {
			return true
		}
	}
	return false
}
