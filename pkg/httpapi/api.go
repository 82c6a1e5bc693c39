// Package httpapi serves the JSON API under /api/v1, which api/openapi.yaml
// describes. A handler limits and decodes the body, makes one call and encodes
// the answer. The package has no rules of counting and no storage.
package httpapi

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/api"
	"github.com/outcry/outcry/pkg/admin"
	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/gate"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/ingest"
	"github.com/outcry/outcry/pkg/publicurl"
	"github.com/outcry/outcry/pkg/publish"
	"github.com/outcry/outcry/pkg/push"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/status"
	"github.com/outcry/outcry/pkg/webhook"
	"github.com/outcry/outcry/pkg/window"
)

// Base is the path under which the API is mounted.
const Base = "/api/v1"

// Ingester counts submissions, as an ingest.Ingester does.
type Ingester interface {
	Submit(s report.Submission, from ingest.Sender) (ingest.Receipt, error)
	SubmitAll(items []ingest.Item) []ingest.Result
}

// Board answers readers, as a status.Board does.
type Board interface {
	Status(ctx context.Context, slug string) (status.Status, error)
	Statuses(ctx context.Context) ([]status.Status, error)
	Breakdown(ctx context.Context, slug string, w time.Duration, country string) (status.Breakdown, error)
	Countries(ctx context.Context, slug string, w time.Duration, symptom string) (status.Countries, error)
	Series(ctx context.Context, slug string, q status.SeriesQuery) (status.Series, error)
	// Export gives emit the archived counts of a service. It reads within admit.
	Export(ctx context.Context, slug string, q status.ExportQuery, admit func(read func() error) error, emit func([]status.ExportRow) error) error
}

// Incidents reads archived incidents.
type Incidents interface {
	// Incident returns an incident with its timeline, oldest entry first. The
	// error is fault.NotFound if there is none.
	Incident(ctx context.Context, id string) (incident.Incident, []incident.Event, error)
	// Incidents returns a page of incidents, latest onset first. Next is the
	// filter's Before for the next page, and empty on the last page.
	Incidents(ctx context.Context, f archive.IncidentFilter) (page []incident.Incident, next string, err error)
}

// Live reads live incidents from the monitor.
type Live interface {
	// Live returns the latest verdict on a service and its live incident. What it
	// points to does not change.
	Live(service string) incident.Live
}

// Keys looks up the keys of clients. The error is fault.NotFound if no key has
// the hash.
type Keys interface {
	KeyByHash(ctx context.Context, hash []byte) (archive.Key, error)
}

// EventLog keeps the latest events with an ID.
type EventLog interface {
	// Events returns up to limit events with IDs greater than after, in the order
	// of their IDs. Missed reports whether some of them are no longer kept, or
	// whether the log never had an event with the ID after.
	Events(ctx context.Context, after int64, limit int) (events []publish.Event, missed bool, err error)
}

// History stores the archived counts that a simulation starts from. Saving a
// rollup again replaces it.
type History interface {
	SaveRollups(ctx context.Context, rollups []window.Rollup, spans []window.Span) error
	// MarkCounted notes that counting worked in the minutes between two times.
	MarkCounted(ctx context.Context, from, to time.Time) error
}

// Options are the parts of an API.
type Options struct {
	Catalog   *catalog.Catalog
	Ingest    Ingester
	Board     Board
	Incidents Incidents
	Live      Live // may be nil; incidents are then served as archived
	Keys      Keys
	WrongKeys *WrongKeys // may be nil
	Events    EventLog
	Hub       *publish.Hub // its limit bounds the streams of this process
	History   History      // used only when Simulated
	Desk      *admin.Desk  // takes what operators ask for
	Webhooks  *webhook.Desk
	Push      *push.Desk // browsers that are to be told

	// PublicURL is where visitors reach the server, such as https://outcry.example.
	// If it is empty, each request says so.
	PublicURL string
	// CheckOrigin returns an error for requests that browsers send for other sites.
	// Without it the API makes its own from PublicURL.
	CheckOrigin func(*http.Request) error
	// Simulated marks every answer and enables POST /simulation/history.
	Simulated bool
	// Streams limits the open streams of one sender.
	Streams StreamLimits
	// Reading admits calls that read much: series, lists of incidents, and single
	// incidents. Replaying admits streams that read events they missed, and
	// Exporting downloads that read the archive. Without a gate everybody is
	// admitted.
	Reading, Replaying, Exporting *gate.Gate

	Log *slog.Logger
	Now func() time.Time
}

// API serves the calls of /api/v1. It implements api.ServerInterface.
type API struct {
	Options
	keys    *keyring
	streams *streams // of events
	exports *streams // of archived counts
}

var _ api.ServerInterface = (*API)(nil)

// New returns an API of the parts in o. It returns an error if PublicURL is not a
// URL.
func New(o Options) (*API, error) {
	if o.CheckOrigin == nil {
		origins, err := publicurl.NewOrigins(o.PublicURL, o.Log)
		if err != nil {
			return nil, err
		}
		o.CheckOrigin = origins.Check
	}
	if o.WrongKeys == nil {
		o.WrongKeys = NewWrongKeys()
	}
	return &API{Options: o, keys: newKeyring(o.Keys, o.WrongKeys, o.Log), streams: newStreams("streams", o.Streams), exports: newStreams("exports", exportLimits)}, nil
}

// Mount adds the routes under Base to r. The caller sets NotFound and NoMethod as
// the handlers of requests without a route.
func (a *API) Mount(r gin.IRouter) {
	group := r.Group(Base, a.withCommon)
	api.RegisterHandlersWithOptions(withHead{group}, a, api.GinServerOptions{ErrorHandler: a.badParameter})
	a.mountStatuspage(r)
}

// withHead is a router that adds a HEAD route for every GET route.
type withHead struct{ gin.IRouter }

// GET adds a route for GET and one for HEAD.
func (r withHead) GET(path string, handlers ...gin.HandlerFunc) gin.IRoutes {
	r.IRouter.HEAD(path, handlers...)
	return r.IRouter.GET(path, handlers...)
}

// GetOpenapi serves the description of the API.
func (a *API) GetOpenapi(c *gin.Context) {
	a.writeCached(c, "application/yaml; charset=utf-8", "public, max-age=300", descriptionBelow(publicurl.Of(c.Request).Base))
}

// descriptionBelow returns the description of the API for a server below a path.
func descriptionBelow(base string) []byte {
	if base == "" {
		return api.Description
	}
	return bytes.Replace(api.Description, []byte("\n  - url: "+Base+"\n"), []byte("\n  - url: "+base+Base+"\n"), 1)
}
