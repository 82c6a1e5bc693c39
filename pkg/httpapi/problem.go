package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/outcry/outcry/api"
	"github.com/outcry/outcry/pkg/fault"
)

const (
	problemType = "urn:outcry:problem:"
	// Defaults of Retry-After where the error names none: a store that failed
	// over is back in seconds, and limits are counted by the minute.
	retryUnavailable = 5 * time.Second
	retryLimited     = time.Minute
)

// kinds are the status and the type of each fault.Kind.
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
	fault.Invalid:      {http.StatusUnprocessableEntity, "invalid"},
	fault.Limited:      {http.StatusTooManyRequests, "limited"},
	fault.Unavailable:  {http.StatusServiceUnavailable, "unavailable"},
}

// panicked is the error of a handler that panicked.
type panicked struct {
	value any
	stack []byte
}

// Error tells where the handler panicked, and of the value only what cannot
// hold anything a client sent.
func (p *panicked) Error() string {
	if err, ok := p.value.(runtime.Error); ok {
		return fmt.Sprintf("panic: %v\n%s", err, p.stack)
	}
	return fmt.Sprintf("panic of type %T\n%s", p.value, p.stack)
}

// fail turns err into the answer. A client learns of an error without a kind
// only that it is ours, and an ID under which it is in the log. What cannot be
// served now is logged once, by the layer that fails, and not here for each
// request that it refuses.
func (a *API) fail(c *gin.Context, err error) {
	var f *fault.Error
	switch {
	case c.Writer.Written():
		a.Log.Error("a request failed while it was being answered", "route", c.FullPath(), "error", err)
		return
	case errors.As(err, &f) && f.Kind != fault.Internal:
	case errors.Is(err, context.Canceled) && c.Request.Context().Err() != nil:
		// The client is gone. Nobody reads this, and nothing is wrong with us.
		f = fault.New(fault.Unavailable, "the request was given up")
	case errors.Is(err, context.DeadlineExceeded):
		f = &fault.Error{Kind: fault.Unavailable, Msg: "this took too long; try again in a moment", Err: err}
	default:
		id := "urn:uuid:" + uuid.NewString()
		a.Log.Error("a request failed", "request", id, "method", c.Request.Method, "route", c.FullPath(), "error", err)
		a.problem(c, api.Problem{Status: http.StatusInternalServerError, Type: problemType + kinds[fault.Internal].name, Instance: id})
		return
	}
	a.explain(c, f)
	k := kinds[f.Kind]
	a.problem(c, api.Problem{Status: k.status, Type: problemType + k.name, Detail: detail(f), Field: f.Field})
}

// unread is what clients are told of an error of the archive: it comes back, and
// nothing is wrong with what they asked for.
func (a *API) unread(err error) error {
	var f *fault.Error
	if errors.As(err, &f) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	a.Log.Error("the archive cannot be read", "error", err)
	return &fault.Error{Kind: fault.Unavailable, Msg: "past incidents cannot be read at the moment; try again later", RetryAfter: 10 * time.Second, Err: err}
}

// detail is what f tells people. What is wrong with a value begins with its
// name.
func detail(f *fault.Error) string {
	if f.Kind == fault.Invalid && f.Field != "" {
		return f.Field + " " + f.Msg
	}
	return f.Msg
}

// explain sets the headers that go with an error.
func (a *API) explain(c *gin.Context, f *fault.Error) {
	switch f.Kind {
	case fault.Unauthorized:
		c.Header("WWW-Authenticate", `Bearer realm="outcry"`)
	case fault.Unavailable:
		c.Header("Retry-After", seconds(f.RetryAfter, retryUnavailable))
	case fault.Limited:
		after := seconds(f.RetryAfter, retryLimited)
		c.Header("Retry-After", after)
		if c.Writer.Header().Get("RateLimit") == "" {
			c.Header("RateLimit", `"requests";r=0;t=`+after)
		}
	}
}

// problem writes p, whose title follows from its status.
func (a *API) problem(c *gin.Context, p api.Problem) {
	p.Title = http.StatusText(p.Status)
	body, err := json.Marshal(p)
	if err != nil {
		panic(err) // it is text and one number
	}
	c.Header("Cache-Control", "no-store")
	c.Data(p.Status, "application/problem+json", body)
}

// seconds writes d, or else otherwise, as whole seconds, at least one.
func seconds(d, otherwise time.Duration) string {
	if d <= 0 {
		d = otherwise
	}
	return strconv.FormatInt(int64((d+time.Second-1)/time.Second), 10)
}
