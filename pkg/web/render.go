package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"
)

// policy lets a page load what this site serves, and nothing else.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// fresh is how long a page may be shown again without asking: numbers change
// every few seconds.
const fresh = "public, max-age=5"

// render writes a page. Only a page with status 200 that answers nobody in
// particular may be kept by caches.
func (s *Site) render(c *gin.Context, code int, name string, page any, cache string) {
	var b bytes.Buffer
	if err := s.templates[name].ExecuteTemplate(&b, "layout", page); err != nil {
		s.Log.Error("cannot write a page", slog.String("template", name), slog.Any("err", err))
		c.String(http.StatusInternalServerError, "Internal Server Error")
		return
	}
	h := c.Writer.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "strict-origin-when-cross-origin")
	h.Set("Cache-Control", cache)
	if code == http.StatusOK && cache == fresh {
		sum := sha256.Sum256(b.Bytes())
		tag := `W/"` + hex.EncodeToString(sum[:10]) + `"`
		h.Set("ETag", tag)
		if matches(c.GetHeader("If-None-Match"), tag) {
			c.Status(http.StatusNotModified)
			return
		}
	}
	c.Data(code, "text/html; charset=utf-8", b.Bytes())
}

// matches tells whether a list of entity tags holds tag, compared weakly.
func matches(list, tag string) bool {
	for one := range strings.SplitSeq(list, ",") {
		one = strings.TrimSpace(one)
		if one == "*" || strings.TrimPrefix(one, "W/") == strings.TrimPrefix(tag, "W/") {
			return true
		}
	}
	return false
}
