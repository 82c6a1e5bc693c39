package httpapi

import (
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/api"
	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/publicurl"
)

// NotFound answers requests for paths that do not exist, and redirects those that
// end in a slash. A browser may ask first whether it may read there, so that it
// can show the answer to the page.
func (a *API) NotFound(c *gin.Context) {
	a.setCommonHeaders(c)
	if c.Request.Method == http.MethodOptions {
		a.preflight(c)
		return
	}
	if path := c.Request.URL.Path; strings.HasSuffix(path, "/") && strings.HasPrefix(path, "/api/") {
		to := url.URL{Path: publicurl.Of(c.Request).Base + strings.TrimRight(path, "/"), RawQuery: c.Request.URL.RawQuery}
		c.Redirect(http.StatusPermanentRedirect, to.String())
		return
	}
	a.fail(c, fault.New(fault.NotFound, "there is no such call; GET %s/openapi.yaml describes all", Base))
}

// Misdirected answers requests that were sent to another host than the server's
// own.
func (a *API) Misdirected(c *gin.Context) {
	a.setCommonHeaders(c)
	a.writeProblem(c, api.Problem{Status: http.StatusMisdirectedRequest, Type: problemType + "misdirected",
		Detail: "this server answers as " + a.PublicURL + " only"})
}

// NoMethod answers requests with a method that the path does not have, and the
// preflight requests of browsers. The engine has set the header Allow.
func (a *API) NoMethod(c *gin.Context) {
	a.setCommonHeaders(c)
	if c.Request.Method == http.MethodOptions {
		a.preflight(c)
		return
	}
	a.writeProblem(c, api.Problem{Status: http.StatusMethodNotAllowed, Type: problemType + "method-not-allowed",
		Detail: "this call takes " + c.Writer.Header().Get("Allow")})
}

// withCommon is the middleware of every call. It sets the common headers, refuses
// malformed queries and answers for handlers that panic.
func (a *API) withCommon(c *gin.Context) {
	defer func() {
		switch p := recover(); p {
		case nil:
		case http.ErrAbortHandler:
			panic(p) // net/http uses it to abort a response
		default:
			a.fail(c, &panicked{p, debug.Stack()})
		}
	}()
	a.setCommonHeaders(c)
	if query := c.Request.URL.RawQuery; query != "" {
		if _, err := url.ParseQuery(query); err != nil {
			a.fail(c, &fault.Error{Kind: fault.Malformed, Msg: "the query is not URL-encoded", Err: err})
			c.Abort()
			return
		}
	}
	c.Next()
}

// setCommonHeaders sets the headers of every answer.
func (a *API) setCommonHeaders(c *gin.Context) {
	h := c.Writer.Header()
	h["X-Content-Type-Options"] = noSniff
	if a.Simulated {
		h["Outcry-Simulated"] = simulated
	}
	if c.Request.Method == http.MethodGet || c.Request.Method == http.MethodHead {
		h["Access-Control-Allow-Origin"] = anyOrigin
		h["Access-Control-Expose-Headers"] = exposedHeaders
	}
}

// Header values that all answers share. They are never changed.
var (
	noSniff        = []string{"nosniff"}
	simulated      = []string{"true"}
	anyOrigin      = []string{"*"}
	exposedHeaders = []string{"Age, Date, ETag, Link, RateLimit, RateLimit-Policy, Retry-After, Outcry-Simulated"}
)

// badParameter answers a request with a parameter that the generated code could
// not bind. The text of err names it after "parameter" or "value for".
func (a *API) badParameter(c *gin.Context, err error, _ int) {
	name := "query"
	for _, before := range []string{"parameter ", "value for "} {
		if _, rest, ok := strings.Cut(err.Error(), before); ok {
			name, _, _ = strings.Cut(rest, ":")
			name, _, _ = strings.Cut(name, ",")
			break
		}
	}
	if c.Param(name) != "" {
		a.fail(c, &fault.Error{Kind: fault.NotFound, Field: name, Msg: "there is no such " + name, Err: err})
		return
	}
	a.fail(c, &fault.Error{Kind: fault.Invalid, Field: name, Msg: "must be given once, as text", Err: err})
}
