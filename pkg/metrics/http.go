package metrics

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
)

// unmatched is the route of requests that no route matches.
const unmatched = "none"

// methods are those that metrics tell apart. Clients may send any other text.
var methods = []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions}

// Handle measures a request and the handlers after it.
func (i *Instruments) Handle(c *gin.Context) {
	began := time.Now()
	defer func() { // also when a handler ends the connection by a panic
		route, method := c.FullPath(), c.Request.Method
		if route == "" {
			route = unmatched
		}
		if !slices.Contains(methods, method) {
			method = "other"
		}
		i.requests.WithLabelValues(route, method, strconv.Itoa(c.Writer.Status())).Inc()
		if !strings.HasPrefix(c.Writer.Header().Get("Content-Type"), "text/event-stream") {
			i.requestSeconds.WithLabelValues(route, method).Observe(time.Since(began).Seconds())
		}
	}()
	c.Next()
}
