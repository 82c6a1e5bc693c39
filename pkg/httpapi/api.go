// Package httpapi is the JSON API under /api/v1, as api/openapi.yaml describes
// it. A handler bounds the body, decodes it, makes one call and renders the
// answer; it holds no rules and no storage.
package httpapi

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/api"
	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/ingest"
	"github.com/outcry/outcry/pkg/publish"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/status"
	"github.com/outcry/outcry/pkg/window"
)

// Base is the path under which the API is mounted.
const Base = "/api/v1"

// Ingester is what the API needs of ingest.
type Ingester interface {
	Submit(s report.Submission, from ingest.Sender) (ingest.Receipt, error)
	SubmitAll(items []ingest.Item) []ingest.Result
}

// Board is what the API needs of status.
type Board interface {
	Status(ctx context.Context, slug string) (status.Status, error)
	Statuses(ctx context.Context) ([]status.Status, error)
	Breakdown(ctx context.Context, slug string, w time.Duration, country string) (status.Breakdown, error)
	Countries(ctx context.Context, slug string, w time.Duration, symptom string) (status.Countries, error)
	Series(ctx context.Context, slug string, q status.SeriesQuery) (status.Series, error)
}

// Incidents is what the API needs of the archive to tell the past.
type Incidents interface {
	// Incident returns an incident with its timeline, oldest entry first; the
	// error is fault.NotFound where there is none.
	Incident(ctx context.Context, id string) (incident.Incident, []incident.Event, error)
	// Incidents returns a page of incidents, latest onset first, and the Before of
	// the next page, which is empty on the last one.
	Incidents(ctx context.Context, f archive.IncidentFilter) (page []incident.Incident, next string, err error)
}

// Live is what the API needs of the monitor to tell the present.
type Live interface {
	// Live returns what is known of a service right now. What it points to is not
	// changed afterwards.
	Live(service string) incident.Live
}

// Keys looks up the keys of clients. The error is fault.NotFound for a hash
// that no key has.
type Keys interface {
	KeyByHash(ctx context.Context, hash []byte) (archive.Key, error)
}

// EventLog keeps the latest events that have an ID.
type EventLog interface {
	// Events returns up to limit events with IDs greater than after, in the order
	// of their IDs. It says missed when some of them are no longer kept, or when
	// no event with the ID after can ever have been there.
	Events(ctx context.Context, after int64, limit int) (events []publish.Event, missed bool, err error)
}

// History takes archived counts of a past that never was. Saving one again
// replaces it.
type History interface {
	SaveRollups(ctx context.Context, rollups []window.Rollup, spans []window.Span) error
}

// Options are the parts of an API.
type Options struct {
	Catalog   *catalog.Catalog
	Ingest    Ingester
	Board     Board
	Incidents Incidents
	Live      Live // may be nil: incidents are then told as they were archived
	Keys      Keys
	Events    EventLog
	Hub       *publish.Hub // its limit bounds the streams of this process
	History   History      // used only when Simulated

	// PublicURL is where the server is found from outside, such as
	// https://outcry.example; empty when that is what the Host header says.
	PublicURL string
	// Proxied says that the engine trusts some proxies, so that the sender's
	// address has to be looked for in headers.
	Proxied bool
	// Simulated marks every answer and opens POST /simulation/history.
	Simulated bool
	// StreamsPerAddress bounds the open streams of one address (IPv6: its /64).
	StreamsPerAddress int

	Log *slog.Logger
	Now func() time.Time
}

// API serves the calls of /api/v1. It implements api.ServerInterface.
type API struct {
	Options
	keys        *keyring
	streams     *streams
	crossOrigin *http.CrossOriginProtection
}

var _ api.ServerInterface = (*API)(nil)

// New returns an API of the parts in o. The error says that PublicURL is not a
// URL.
func New(o Options) (*API, error) {
	crossOrigin, err := ownOrigin(o.PublicURL)
	if err != nil {
		return nil, err
	}
	return &API{Options: o, keys: newKeyring(o.Keys, o.Log), streams: newStreams(o.StreamsPerAddress), crossOrigin: crossOrigin}, nil
}

// Mount adds the routes under Base to r. What has no route is answered by
// NotFound and NoMethod, which the engine must be told of.
func (a *API) Mount(r gin.IRouter) {
	group := r.Group(Base, a.around)
	api.RegisterHandlersWithOptions(withHead{group}, a, api.GinServerOptions{ErrorHandler: a.badParameter})
}

// withHead answers HEAD wherever it answers GET.
type withHead struct{ gin.IRouter }

// GET adds a route for GET and HEAD.
func (r withHead) GET(path string, handlers ...gin.HandlerFunc) gin.IRoutes {
	r.IRouter.HEAD(path, handlers...)
	return r.IRouter.GET(path, handlers...)
}

// NotFound answers a request for a path that the API does not have.
func (a *API) NotFound(c *gin.Context) {
	a.headers(c)
	a.fail(c, fault.New(fault.NotFound, "there is no such call; GET %s/openapi.yaml describes all", Base))
}

// NoMethod answers a request with a method that the path does not have, and the
// question of a browser which it has. The engine has set the header Allow.
func (a *API) NoMethod(c *gin.Context) {
	a.headers(c)
	if c.Request.Method == http.MethodOptions {
		a.preflight(c)
		return
	}
	a.problem(c, api.Problem{Status: http.StatusMethodNotAllowed, Type: problemType + "method-not-allowed",
		Detail: "this call takes " + c.Writer.Header().Get("Allow")})
}

// around does what every call has in common.
func (a *API) around(c *gin.Context) {
	defer func() {
		switch p := recover(); p {
		case nil:
		case http.ErrAbortHandler:
			panic(p) // net/http's own way to end a response
		default:
			a.fail(c, &panicked{p, debug.Stack()})
		}
	}()
	a.headers(c)
	if query := c.Request.URL.RawQuery; query != "" {
		if _, err := url.ParseQuery(query); err != nil {
			a.fail(c, &fault.Error{Kind: fault.Malformed, Msg: "the query is not URL-encoded", Err: err})
			c.Abort()
			return
		}
	}
	c.Next()
}

// headers sets what every answer carries.
func (a *API) headers(c *gin.Context) {
	h := c.Writer.Header()
	h["X-Content-Type-Options"] = noSniff
	if a.Simulated {
		h["Outcry-Simulated"] = simulated
	}
	if c.Request.Method == http.MethodGet || c.Request.Method == http.MethodHead {
		h["Access-Control-Allow-Origin"] = anyOrigin
		h["Access-Control-Expose-Headers"] = exposed
	}
}

// Header values that are shared by all answers and never changed.
var (
	noSniff   = []string{"nosniff"}
	simulated = []string{"true"}
	anyOrigin = []string{"*"}
	exposed   = []string{"ETag, Retry-After, RateLimit, RateLimit-Policy, Outcry-Simulated"}
)

// badParameter answers a parameter that the generated code could not bind. Its
// text names the parameter after the word "parameter", or "for".
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

// GetOpenapi serves the description of the API.
func (a *API) GetOpenapi(c *gin.Context) {
	a.send(c, "application/yaml; charset=utf-8", "public, max-age=300", api.Description)
}
