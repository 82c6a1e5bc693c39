// Package agents answers programs that use language models, over the Model Context
// Protocol: what is down, how a service is, incidents, and how problems split by
// symptom. It only reads, and its answers are those of the JSON API. Each request
// is for itself; there are no sessions.
package agents

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/outcry/outcry/api"
	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/version"
)

const (
	// Path is where the tools are served.
	Path = "/mcp"
	// maxBody is the most bytes of a request, many times those of a call.
	maxBody = 64 << 10
	// maxCountries is the most countries of a service in a list, so that an answer
	// fits into what a model can read.
	maxCountries = 5
)

// Answers reads what the JSON API answers, as httpapi.API does.
type Answers interface {
	ReadServices(ctx context.Context, p api.ListServicesParams) (api.ServiceList, error)
	ReadService(ctx context.Context, slug string, p api.GetServiceParams) (api.ServiceDetail, error)
	ReadBreakdown(ctx context.Context, slug string, p api.GetBreakdownParams) (api.Breakdown, error)
	ReadIncidents(ctx context.Context, p api.ListIncidentsParams) (api.IncidentList, error)
}

// Options are the parts of Agents.
type Options struct {
	Catalog     *catalog.Catalog
	Answers     Answers
	CheckOrigin func(*http.Request) error // refuses browsers on other sites
	Simulated   bool
	Log         *slog.Logger
}

// Agents serves the tools.
type Agents struct {
	Options
	handler http.Handler
}

// instructions tell a model what the tools know.
const instructions = `Outcry counts reports from people who say that an online service does not work for them, and judges from them what is down, where and since when. ` +
	`A report is not proof of an outage. Levels are ok, warning (may be in trouble), outage (declared) and unknown (nobody can judge now, which is not ok). ` +
	`Give as_of with every number. Times are UTC. Countries are ISO 3166-1 alpha-2 codes.`

const simulatedNote = ` THIS SERVER SHOWS A SIMULATION: its reports and outages are not real. Say so whenever you mention them.`

// New returns the tools over their parts.
func New(o Options) *Agents {
	a := &Agents{Options: o}
	text := instructions
	if o.Simulated {
		text += simulatedNote
	}
	server := mcp.NewServer(&mcp.Implementation{Name: "outcry", Title: "Outcry", Version: version.Current().Version},
		&mcp.ServerOptions{Instructions: text, Capabilities: &mcp.ServerCapabilities{Tools: &mcp.ToolCapabilities{}}})
	a.addTools(server)
	a.handler = mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server }, &mcp.StreamableHTTPOptions{
		Stateless: true, JSONResponse: true, MaxRequestBodyBytes: maxBody, PropagateRequestCancellation: true,
		// A proxy reaches this server under another name than its clients do. The
		// host is checked before, if the operator names it.
		DisableLocalhostProtection: true,
	})
	return a
}

// Mount adds the route to r.
func (a *Agents) Mount(r gin.IRouter) {
	r.POST(Path, a.serve)
	for _, method := range []string{http.MethodGet, http.MethodDelete} {
		r.Handle(method, Path, onlyPost)
	}
}

// onlyPost answers that there is neither a stream nor a session.
func onlyPost(c *gin.Context) {
	c.Header("Allow", http.MethodPost)
	c.String(http.StatusMethodNotAllowed, "this server has no streams and no sessions; send each message with POST\n")
}

// serve answers one message.
func (a *Agents) serve(c *gin.Context) {
	h := c.Writer.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	if a.Simulated {
		h.Set("Outcry-Simulated", "true")
	}
	if a.CheckOrigin(c.Request) != nil {
		c.String(http.StatusForbidden, "pages of other origins may not call this; use /api/v1\n")
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, maxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		c.String(http.StatusRequestEntityTooLarge, "the body may have %d bytes\n", maxBody)
		return
	case err != nil:
		c.String(http.StatusBadRequest, "the body ended early\n")
		return
	case bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("[")):
		// Each message takes from the allowance of its sender, so it comes alone.
		c.String(http.StatusBadRequest, "send one message at a time\n")
		return
	}
	c.Request.Body = io.NopCloser(bytes.NewReader(body))
	a.handler.ServeHTTP(c.Writer, c.Request)
}

// addTools adds all tools to a server.
func (a *Agents) addTools(server *mcp.Server) {
	add(a, server, "whats_down", "What is down now", "Lists the services that are down (level outage) or may be in trouble (level warning), worst known first in the order of the catalog, "+
		"with when it began, reports and what is usual, and the countries with most reports.", a.whatsDown)
	add(a, server, "service_status", "How is a service", "Returns how one service is: its level with the reason, reports against what is usual, countries, symptoms and the incident.", a.serviceStatus)
	add(a, server, "incidents", "Incidents", "Lists present and past incidents, latest first, of all services or one, with onset, end, reports, peak, countries and symptoms.", a.incidents)
	add(a, server, "breakdown", "Symptoms of a service", "Returns how the problems reported for a service split by symptom, with 95 % intervals of the shares.", a.breakdown)
}

// add adds a tool that only reads.
func add[In, Out any](a *Agents, server *mcp.Server, name, title, description string, read func(context.Context, In) (Out, error)) {
	closed := false
	if a.Simulated {
		description += " The data is simulated."
	}
	mcp.AddTool(server, &mcp.Tool{Name: name, Title: title, Description: description,
		Annotations: &mcp.ToolAnnotations{ReadOnlyHint: true, IdempotentHint: true, OpenWorldHint: &closed, Title: title}},
		func(ctx context.Context, _ *mcp.CallToolRequest, in In) (*mcp.CallToolResult, Out, error) {
			out, err := read(ctx, in)
			return nil, out, a.toolError(name, err)
		})
}

// toolError returns the error of a tool as a model may read it. Errors without a
// kind are ours, and are logged.
func (a *Agents) toolError(tool string, err error) error {
	var f *fault.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &f) && f.Kind != fault.Internal:
		return errors.New(strings.TrimSpace(f.Field + " " + f.Msg))
	case errors.Is(err, context.Canceled):
		return err
	}
	a.Log.Error("a tool failed", "tool", tool, "error", err)
	return errors.New("this cannot be read at the moment; try again later")
}
