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
	// fresh lets caches carry a news peak: their answer is at most five seconds
	// older than ours, or fifteen while they fetch another, and an old one is
	// better than none.
	fresh = "public, max-age=5, stale-while-revalidate=10, stale-if-error=600"
	// settled is for what has come to its end.
	settled = "public, max-age=60, stale-while-revalidate=600, stale-if-error=86400"
)

const jsonContent = "application/json"

var ofJSON = []string{jsonContent} // shared by answers and never changed

// reply answers a post with 202 and v as JSON.
func (a *API) reply(c *gin.Context, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		a.fail(c, fmt.Errorf("encode the answer: %w", err))
		return
	}
	c.Writer.Header()["Content-Type"] = ofJSON
	c.Writer.WriteHeader(http.StatusAccepted)
	if _, err := c.Writer.Write(body); err != nil {
		c.Error(err) //nolint:errcheck // the client has gone; there is nobody to tell
	}
}

// answer answers a get with v as JSON.
func (a *API) answer(c *gin.Context, cache string, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		a.fail(c, fmt.Errorf("encode the answer: %w", err))
		return
	}
	a.send(c, jsonContent, cache, body)
}

// send answers with body, or with 304 if the client has it. The validator is
// weak, because the compressed answer has the same. It changes with as_of, so
// that nobody shows an old time beside numbers that were looked up just now: of
// live answers there is another every second, and what spares the server is
// max-age.
func (a *API) send(c *gin.Context, contentType, cache string, body []byte) {
	sum := sha256.Sum256(body)
	tag := `W/"` + hex.EncodeToString(sum[:12]) + `"`
	c.Header("ETag", tag)
	c.Header("Cache-Control", cache)
	if matches(c.GetHeader("If-None-Match"), tag) {
		c.Status(http.StatusNotModified)
		c.Writer.WriteHeaderNow()
		return
	}
	c.Data(http.StatusOK, contentType, body)
}

// matches tells whether a list of validators holds tag, compared weakly.
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

// judged is the as_of of answers that hold only what the monitor judges, every
// few seconds: the present in steps of five, in which such an answer keeps its
// validator. What was judged later in a step makes it later.
func (a *API) judged() time.Time { return a.Now().UTC().Truncate(5 * time.Second) }

// moment is t as answers show it: UTC, to the millisecond. The zero time stays
// zero, and is then left out.
func moment(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// later returns the later of two times.
func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
