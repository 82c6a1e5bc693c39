package httpapi

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
)

const (
	// fresh is the Cache-Control of live answers. Caches can serve a peak of
	// readers with answers at most five seconds old, fifteen while they fetch the
	// next one, and ten minutes while we fail.
	fresh = "public, max-age=5, stale-while-revalidate=10, stale-if-error=600"
	// settled is the Cache-Control of answers that only an operator changes.
	settled = "public, max-age=60, stale-while-revalidate=600, stale-if-error=86400"
)

const jsonContent = "application/json"

var jsonContentHeader = []string{jsonContent} // shared by answers, never changed

// accept answers a POST with 202 and v as JSON.
func (a *API) accept(c *gin.Context, v any) { a.write(c, http.StatusAccepted, v) }

// reply answers a call of the owner of webhooks with a status and v as JSON, which
// nobody keeps, or with the problem of err.
func (a *API) reply(c *gin.Context, status int, v any, err error) {
	if err != nil {
		a.fail(c, err)
		return
	}
	c.Header("Cache-Control", private)
	a.write(c, status, v)
}

// write answers with a status and v as JSON.
func (a *API) write(c *gin.Context, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		a.fail(c, fmt.Errorf("encode the answer: %w", err))
		return
	}
	c.Writer.Header()["Content-Type"] = jsonContentHeader
	c.Writer.WriteHeader(status)
	if _, err := c.Writer.Write(body); err != nil {
		c.Error(err) //nolint:errcheck // the client has gone
	}
}

// answer answers a GET with v as JSON, or with the problem of err.
func (a *API) answer(c *gin.Context, cacheControl string, v any, err error) {
	if err != nil {
		a.fail(c, err)
		return
	}
	body, err := json.Marshal(v)
	if err != nil {
		a.fail(c, fmt.Errorf("encode the answer: %w", err))
		return
	}
	a.writeCached(c, jsonContent, cacheControl, body)
}

// writeCached answers with body, or with 304 if the client already has it. The
// validator is weak, because compressed answers have the same one. It covers
// as_of and so changes every second in live answers: a client must not show an
// old as_of beside new numbers. Only max-age saves requests.
func (a *API) writeCached(c *gin.Context, contentType, cacheControl string, body []byte) {
	sum := sha256.Sum256(body)
	tag := `W/"` + hex.EncodeToString(sum[:12]) + `"`
	c.Header("ETag", tag)
	c.Header("Cache-Control", cacheControl)
	if matches(c.GetHeader("If-None-Match"), tag) {
		c.Status(http.StatusNotModified)
		c.Writer.WriteHeaderNow()
		return
	}
	c.Data(http.StatusOK, contentType, body)
}

// matches reports whether a list of validators holds tag, by weak comparison.
func matches(list, tag string) bool {
	tag = strings.TrimPrefix(tag, "W/")
	for t := range strings.SplitSeq(list, ",") {
		t = strings.TrimSpace(t)
		if t == "*" || strings.TrimPrefix(t, "W/") == tag {
			return true
		}
	}
	return false
}

// judgedAt returns the as_of of answers that change only when the monitor judges:
// now, cut to five seconds, so that such an answer keeps its validator for that
// long. If a judgement in the answer is later, its time is the as_of.
func (a *API) judgedAt() time.Time { return a.Now().UTC().Truncate(5 * time.Second) }

// moment returns t as answers show it: in UTC, cut to the millisecond. The zero
// time stays zero, and JSON omits it.
func moment(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// later returns the later of two times.
func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
