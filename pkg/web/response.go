package web

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/klauspost/compress/gzip"

	"github.com/outcry/outcry/pkg/cache"
	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/gate"
	"github.com/outcry/outcry/pkg/limit"
	"github.com/outcry/outcry/pkg/publicurl"
	"github.com/outcry/outcry/pkg/site"
)

// policy lets a page load files of this site only.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; " +
	"frame-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// For how long a page may be shown again without asking.
const (
	fresh   = "public, max-age=5"    // numbers change every few seconds
	lasting = "public, max-age=3600" // what only a new version of the program changes
	settled = "public, max-age=60"   // what is over: only an operator corrects it
)

// written is a response that is ready to be sent, plain and compressed.
type written struct {
	code         int
	kind         string // its media type; HTML if empty
	plain, small []byte
	tag          string // empty: the page may not be kept by others
	cache        string // for how long it may be
	wait         string // Retry-After, or nothing
}

// keptPages and keptPageBytes bound the pages that are kept. One takes about 50 KB.
const (
	keptPages     = 4096
	keptPageBytes = 48 << 20
)

// How much older a page may be, which says as of when it is: while the next one
// is made, and if too many others are being made.
const (
	stalePages    = 5 * time.Second
	staleWhenBusy = time.Minute
)

// pageKey identifies a page that many visitors may ask for at once.
type pageKey struct {
	lang, zone string
	home       publicurl.URL
	language   string // that the address fixes
	path       string
	query      string
}

// shared sends the page with this key. It calls render at most once a second for
// each key.
func (s *Pages) shared(c *gin.Context, to site.Reader, path string, q url.Values, render func(context.Context) (*written, error)) {
	key := pageKey{to.Locale.Code, to.Locale.Zone(), to.Home, to.Prefix.Language, path, q.Encode()}
	w, err := s.kept.Get(c.Request.Context(), key, s.Now(), func(ctx context.Context) (*written, error) {
		return s.make(ctx, render)
	})
	s.sendMade(c, to, w, err)
}

// charge takes a page from what may be made for the sender of a request. Pages
// that many ask for are made once for all of them, and cost the others nothing.
func (s *Pages) charge(ctx context.Context) error {
	if d := limit.Charge(ctx, limit.Making, s.Now()); !d.Allowed {
		return &fault.Error{Kind: fault.Limited, RetryAfter: d.RetryAfter, Err: limit.Refusal{Decision: d}, Msg: "too many pages are made for " + d.Level.String()}
	}
	return nil
}

// make renders and compresses a page when its turn has come. It does not wait if
// there is one that is a few seconds older.
func (s *Pages) make(ctx context.Context, render func(context.Context) (*written, error)) (*written, error) {
	work := func() (*written, error) {
		if err := s.charge(ctx); err != nil {
			return nil, err
		}
		w, err := render(ctx)
		if err != nil {
			return nil, err
		}
		if w.small, err = compressed(w.plain); err != nil {
			return nil, err
		}
		return w, nil
	}
	if cache.HasStale(ctx) {
		return gate.Try(s.Making, work)
	}
	return gate.Do(ctx, s.Making, work)
}

// write makes a page of a template. Caches may keep it if its status is 200 and
// cache is not site.NoStore.
func (s *Pages) write(code int, name string, page any, cache string) (*written, error) {
	var b bytes.Buffer
	if err := s.templates[name].ExecuteTemplate(&b, "layout", page); err != nil {
		s.Log.Error("cannot write a page", slog.String("template", name), slog.Any("error", err))
		return nil, fmt.Errorf("write the page %s: %w", name, err)
	}
	w := &written{code: code, plain: b.Bytes(), cache: cache}
	if code == http.StatusOK && cache != site.NoStore {
		w.tag = site.Tag(w.plain)
	}
	return w, nil
}

// send sends a page, or 304 if the browser has it.
func (s *Pages) send(c *gin.Context, w *written) {
	h := c.Writer.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "strict-origin-when-cross-origin")
	h.Set("Cache-Control", w.cache)
	if w.wait != "" {
		h.Set("Retry-After", w.wait)
	}
	if w.tag != "" {
		h.Set("ETag", w.tag)
		if site.TagMatches(c.GetHeader("If-None-Match"), w.tag) {
			c.Status(http.StatusNotModified)
			return
		}
	}
	body := w.plain
	if w.small != nil {
		h.Add("Vary", "Accept-Encoding")
		if takesGzip(c.GetHeader("Accept-Encoding")) {
			h.Set("Content-Encoding", "gzip")
			body = w.small
		}
	}
	kind := w.kind
	if kind == "" {
		kind = "text/html; charset=utf-8"
	}
	c.Data(w.code, kind, body)
}

// compressed returns a page as gzip.
func compressed(plain []byte) ([]byte, error) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(plain); err != nil {
		return nil, fmt.Errorf("compress a page: %w", err)
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("compress a page: %w", err)
	}
	return b.Bytes(), nil
}

// takesGzip reports whether an Accept-Encoding header accepts gzip.
func takesGzip(header string) bool {
	for one := range strings.SplitSeq(header, ",") {
		name, weight, weighed := strings.Cut(one, ";")
		if strings.TrimSpace(name) == "gzip" {
			return !weighed || strings.Trim(strings.TrimPrefix(strings.TrimSpace(weight), "q="), "0.") != ""
		}
	}
	return false
}
