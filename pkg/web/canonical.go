package web

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/publicurl"
)

// redirectToCanonical answers a request for an address that is written in another
// way than that of the page, and reports whether it did. People write a slash at
// the end, or capitals.
func (s *Pages) redirectToCanonical(c *gin.Context) bool {
	code := http.StatusMovedPermanently
	if c.Request.Method != http.MethodGet && c.Request.Method != http.MethodHead {
		code = http.StatusPermanentRedirect // browsers send the form again
	}
	path, ok := s.canonical(c.Request.URL.Path)
	if !ok || path == c.Request.URL.Path {
		return false
	}
	to := url.URL{Path: publicurl.Of(c.Request).Base + path, RawQuery: c.Request.URL.RawQuery}
	c.Redirect(code, to.String())
	return true
}

// canonical returns how the address of a page is written, and reports whether path
// is that of a page. It begins with one slash, so that no other site is meant.
func (s *Pages) canonical(path string) (string, bool) {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	page := parts // what follows the language
	if l, ok := s.Languages.ByCode(strings.ToLower(parts[0])); ok {
		parts[0], page = l.Code, parts[1:]
	}
	if len(page) > 0 {
		lower := strings.ToLower(page[0])
		if _, ok := s.Catalog.Service(lower); !ok && !catalog.Reserved(lower) {
			return "", false
		}
		page[0] = lower
	}
	return "/" + strings.Join(parts, "/"), true
}
