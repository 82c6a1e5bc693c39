package web

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/gate"
	"github.com/outcry/outcry/pkg/locale"
	"github.com/outcry/outcry/pkg/site"
	"github.com/outcry/outcry/pkg/view"
)

// maxSuggested bounds the services suggested for an unknown address.
const maxSuggested = 6

// minWord is the length of the shortest word that suggests services by itself.
const minWord = 3

// NotFound serves the page for an unknown address. The engine's NoRoute calls it
// for addresses outside the API.
func (s *Pages) NotFound(c *gin.Context) {
	code := ""
	first, _, _ := strings.Cut(strings.TrimPrefix(c.Request.URL.Path, "/"), "/")
	if l, ok := s.Languages.ByCode(first); ok {
		code = l.Code
	}
	s.missing(c, s.Reader(c.Writer, c.Request, code))
}

// missing answers 404 and suggests services for the last part of the address. It
// redirects if the address is only written in another way than that of a page.
func (s *Pages) missing(c *gin.Context, to site.Reader) {
	if s.redirectToCanonical(c) {
		return
	}
	path := strings.TrimSuffix(strings.TrimPrefix(c.Request.URL.Path, to.Prefix), "/")
	last := site.CleanSearch(path[strings.LastIndex(path, "/")+1:])
	note := "missing_note_plain"
	suggested := s.suggest(last)
	if len(suggested) > 0 {
		note = "missing_note"
	}
	s.message(c, to, http.StatusNotFound, "missing_title", "missing_head", note, suggested)
}

// suggest returns the services that match all words of text, or else any of
// them.
func (s *Pages) suggest(text string) []*catalog.Service {
	all := s.Catalog.Search(text, maxSuggested)
	if len(all) > 0 {
		return all
	}
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("-_+. ", r) }) {
		for _, service := range s.Catalog.Search(word, maxSuggested) {
			if utf8.RuneCountInString(word) >= minWord && len(all) < maxSuggested && !slices.Contains(all, service) {
				all = append(all, service)
			}
		}
	}
	return all
}

// failed answers 503: the page cannot be made now. This page is kept like all
// others, because many visitors may get it at once.
func (s *Pages) failed(c *gin.Context, to site.Reader) {
	c.Header("Retry-After", retryLater)
	key := pageKey{lang: to.Locale.Code, prefix: to.Prefix, path: "failed"}
	w, err := s.kept.Get(c.Request.Context(), key, s.Now(), func(context.Context) (*written, error) {
		return s.writeMessage(to, http.StatusServiceUnavailable, "failed_title", "failed_head", "failed_note", nil)
	})
	if err != nil {
		c.String(http.StatusServiceUnavailable, "Service Unavailable")
		return
	}
	s.send(c, w)
}

// message serves a page with the messages of these keys.
func (s *Pages) message(c *gin.Context, to site.Reader, code int, title, head, note string, suggested []*catalog.Service) {
	w, err := gate.Do(c.Request.Context(), s.Making, func() (*written, error) { return s.writeMessage(to, code, title, head, note, suggested) })
	switch {
	case gate.IsRefusal(err):
		s.failed(c, to)
	case err != nil: // write has logged it
		c.String(http.StatusInternalServerError, "Internal Server Error")
	default:
		s.send(c, w)
	}
}

func (s *Pages) writeMessage(to site.Reader, code int, title, head, note string, suggested []*catalog.Service) (*written, error) {
	l := to.Locale
	p := view.MessagePage{Frame: s.frame(to, "/", s.Now()), Head: l.Say(head), Note: l.Say(note)}
	p.Title = l.Fill(title, locale.Values{"Brand": l.Say("brand")})
	p.Description = p.Head
	for _, service := range suggested {
		p.Rows = append(p.Rows, view.Row{Name: service.Names.In(l.Code), Href: view.Address(to.Prefix, "/"+service.Slug)})
	}
	return s.write(code, "message", &p, site.NoStore)
}
