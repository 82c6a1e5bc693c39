package web

import (
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/pkg/catalog"
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

// failed answers 503: the page cannot be made now.
func (s *Pages) failed(c *gin.Context, to site.Reader) {
	c.Header("Retry-After", retryLater)
	s.message(c, to, http.StatusServiceUnavailable, "failed_title", "failed_head", "failed_note", nil)
}

// message serves a page with the messages of these keys.
func (s *Pages) message(c *gin.Context, to site.Reader, code int, title, head, note string, suggested []*catalog.Service) {
	l := to.Locale
	p := view.MessagePage{Frame: s.frame(to, "/", s.Now()), Head: l.Say(head), Note: l.Say(note)}
	p.Title = l.Fill(title, locale.Values{"Brand": l.Say("brand")})
	p.Description = p.Head
	for _, service := range suggested {
		p.Rows = append(p.Rows, view.Row{Name: service.Names.In(l.Code), Href: view.Address(to.Prefix, "/"+service.Slug)})
	}
	s.render(c, code, "message", &p, "no-store")
}
