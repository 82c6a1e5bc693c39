package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/outcry/outcry/api"
	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/ingest"
)

const (
	problemType = "urn:outcry:problem:"
	// Defaults of Retry-After for errors that name none. A failover of the store
	// takes seconds, and limits are for one minute.
	retryUnavailable = 5 * time.Second
	retryLimited     = time.Minute
)

// kinds holds the status and the type of each fault.Kind.
var kinds = [...]struct {
	status int
	name   string
}{
	fault.Internal:     {http.StatusInternalServerError, "internal"},
	fault.Malformed:    {http.StatusBadRequest, "malformed"},
	fault.Unauthorized: {http.StatusUnauthorized, "unauthorized"},
	fault.Forbidden:    {http.StatusForbidden, "forbidden"},
	fault.NotFound:     {http.StatusNotFound, "not-found"},
	fault.TooLarge:     {http.StatusRequestEntityTooLarge, "too-large"},
	fault.Unsupported:  {http.StatusUnsupportedMediaType, "unsupported"},
	fault.Challenged:   {http.StatusPreconditionRequired, "challenged"},
	fault.Invalid:      {http.StatusUnprocessableEntity, "invalid"},
	fault.Limited:      {http.StatusTooManyRequests, "limited"},
	fault.Unavailable:  {http.StatusServiceUnavailable, "unavailable"},
}

// panicked is the error of a handler that panicked.
type panicked struct {
	value any
	stack []byte
}

// Error returns the stack of the panic. It leaves out values that may hold
// something a client sent.
func (p *panicked) Error() string {
	if err, ok := p.value.(runtime.Error); ok {
		return fmt.Sprintf("panic: %v\n%s", err, p.stack)
	}
	return fmt.Sprintf("panic of type %T\n%s", p.value, p.stack)
}

// fail answers with the problem of err. An error without a kind is logged here
// under an ID, and the client learns only that ID. Errors of kind Unavailable
// are logged by the layer that fails, and not for each request.
func (a *API) fail(c *gin.Context, err error) {
	var f *fault.Error
	switch {
	case c.Writer.Written():
		a.Log.Error("a request failed while it was being answered", "route", c.FullPath(), "error", err)
		return
	case errors.As(err, &f) && f.Kind != fault.Internal:
	case errors.Is(err, context.Canceled) && c.Request.Context().Err() != nil:
		// The client has gone. Nobody reads the answer, and nothing is to be logged.
		f = fault.New(fault.Unavailable, "the request was given up")
	case errors.Is(err, context.DeadlineExceeded):
		f = &fault.Error{Kind: fault.Unavailable, Msg: "this took too long; try again in a moment", Err: err}
	default:
		id := "urn:uuid:" + uuid.NewString()
		a.Log.Error("a request failed", "request", id, "method", c.Request.Method, "route", c.FullPath(), "error", err)
		a.writeProblem(c, api.Problem{Status: http.StatusInternalServerError, Type: problemType + kinds[fault.Internal].name, Instance: id})
		return
	}
	setProblemHeaders(c, f)
	k := kinds[f.Kind]
	p := api.Problem{Status: k.status, Type: problemType + k.name, Detail: detail(f), Field: f.Field}
	var asked *ingest.ChallengeError
	if errors.As(err, &asked) {
		x := asked.Challenge
		p.Challenge = api.Challenge{Algorithm: x.Algorithm, Challenge: x.Challenge, Maxnumber: x.MaxNumber, Salt: x.Salt, Signature: x.Signature}
	}
	a.writeProblem(c, p)
}

// archiveError logs err, an error of the archive, and returns the error for the
// client: the request was right, and may be sent again later. It returns errors
// with a kind unchanged, and those of an ended context.
func (a *API) archiveError(err error) error {
	var f *fault.Error
	if errors.As(err, &f) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	a.Log.Error("the archive cannot be read", "error", err)
	return &fault.Error{Kind: fault.Unavailable, Msg: "past incidents cannot be read at the moment; try again later", RetryAfter: 10 * time.Second, Err: err}
}

// detail returns the message of f for people. A message about a wrong value starts
// with the name of its field.
func detail(f *fault.Error) string {
	if (f.Kind == fault.Invalid || f.Kind == fault.Challenged) && f.Field != "" {
		return f.Field + " " + f.Msg
	}
	return f.Msg
}

// setProblemHeaders sets the headers that belong to f.
func setProblemHeaders(c *gin.Context, f *fault.Error) {
	switch f.Kind {
	case fault.Unauthorized:
		c.Header("WWW-Authenticate", `Bearer realm="outcry"`)
	case fault.Unavailable:
		c.Header("Retry-After", seconds(f.RetryAfter, retryUnavailable))
	case fault.Limited:
		after := seconds(f.RetryAfter, retryLimited)
		c.Header("Retry-After", after)
		if !strings.Contains(c.Writer.Header().Get("RateLimit"), ";r=0") { // no allowance refuses it, but an operator or a wrong key
			c.Writer.Header().Del("RateLimit-Policy")
			c.Header("RateLimit", `"requests";r=0;t=`+after)
		}
	}
}

// writeProblem answers with p. It sets the title, which follows from the status.
func (a *API) writeProblem(c *gin.Context, p api.Problem) {
	p.Title = http.StatusText(p.Status)
	body, err := json.Marshal(p)
	if err != nil {
		panic(err) // strings and a number can always be encoded
	}
	c.Header("Cache-Control", "no-store")
	c.Data(p.Status, "application/problem+json", body)
}

// seconds formats d as whole seconds, rounded up. A d of zero or less is replaced
// by fallback.
func seconds(d, fallback time.Duration) string {
	if d <= 0 {
		d = fallback
	}
	return strconv.FormatInt(int64((d+time.Second-1)/time.Second), 10)
}
