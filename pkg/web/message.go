package web

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/gate"
	"github.com/outcry/outcry/pkg/limit"
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
func (s *Pages) NotFound(c *gin.Context) { s.missing(c, s.reader(c)) }

// reader returns the reader of a request for any address, which may fix the
// language.
func (s *Pages) reader(c *gin.Context) site.Reader {
	code := ""
	first, _, _ := strings.Cut(strings.TrimPrefix(c.Request.URL.Path, "/"), "/")
	if l, ok := s.Languages.ByCode(first); ok {
		code = l.Code
	}
	return s.Reader(c.Writer, c.Request, code)
}

// missing answers 404 and suggests services for the last part of the address. It
// redirects if the address is only written in another way than that of a page.
func (s *Pages) missing(c *gin.Context, to site.Reader) {
	if s.redirectToCanonical(c) {
		return
	}
	path := strings.TrimSuffix(strings.TrimPrefix(c.Request.URL.Path, to.Prefix.Language), "/")
	last := site.CleanSearch(path[strings.LastIndex(path, "/")+1:])
	w, err := gate.Do(c.Request.Context(), s.Making, func() (*written, error) {
		if err := s.charge(c.Request.Context()); err != nil {
			return nil, err
		}
		suggested := s.suggest(last)
		note := "missing_note_plain"
		if len(suggested) > 0 {
			note = "missing_note"
		}
		return s.writeMessage(to, http.StatusNotFound, "missing_title", "missing_head", note, suggested)
	})
	s.sendMade(c, to, w, err)
}

// maxWords bounds the words of an address that are searched for.
const maxWords = 6

// suggest returns the services that match all words of text, or else any of the
// first ones.
func (s *Pages) suggest(text string) []*catalog.Service {
	all := s.Catalog.Search(text, maxSuggested)
	if len(all) > 0 {
		return all
	}
	words := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("-_+. ", r) })
	for _, word := range words[:min(len(words), maxWords)] {
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
	s.refusal(c, to, http.StatusServiceUnavailable, retryLater, "failed_title", "failed_head", "failed_note")
}

// Limited answers 429: the sender has asked for too much, and may ask again after
// so many seconds.
func (s *Pages) Limited(c *gin.Context, seconds string) {
	s.refusal(c, s.reader(c), http.StatusTooManyRequests, seconds, "limited_title", "limited_head", "limited_note")
}

// refusal sends a page with the messages of these keys. It is kept like all others,
// because many visitors may get it at once.
func (s *Pages) refusal(c *gin.Context, to site.Reader, code int, seconds, title, head, note string) {
	c.Header("Retry-After", seconds)
	key := pageKey{lang: to.Locale.Code, home: to.Home, language: to.Prefix.Language, path: title}
	w, err := s.kept.Get(c.Request.Context(), key, s.Now(), func(context.Context) (*written, error) {
		return s.writeMessage(to, code, title, head, note, nil)
	})
	if err != nil {
		c.String(code, http.StatusText(code))
		return
	}
	s.send(c, w)
}

// message serves a page with the messages of these keys.
func (s *Pages) message(c *gin.Context, to site.Reader, code int, title, head, note string) {
	w, err := gate.Do(c.Request.Context(), s.Making, func() (*written, error) { return s.writeMessage(to, code, title, head, note, nil) })
	s.sendMade(c, to, w, err)
}

// sendMade sends a page, or says why there is none.
func (s *Pages) sendMade(c *gin.Context, to site.Reader, w *written, err error) {
	var f *fault.Error
	switch {
	case err == nil:
		s.send(c, w)
	case errors.As(err, &f) && f.Kind == fault.Limited:
		var refusal limit.Refusal
		if errors.As(err, &refusal) {
			refusal.AnnounceRefusal(c.Writer.Header())
		}
		s.refusal(c, to, http.StatusTooManyRequests, strconv.FormatInt(view.Seconds(max(f.RetryAfter, time.Second)), 10), "limited_title", "limited_head", "limited_note")
	default: // too many are being made, the client has gone, or the page cannot be written
		s.failed(c, to)
	}
}

func (s *Pages) writeMessage(to site.Reader, code int, title, head, note string, suggested []*catalog.Service) (*written, error) {
	l := to.Locale
	p := view.MessagePage{Frame: s.frame(to, "/", s.Now()), Head: l.Say(head), Note: l.Say(note)}
	p.Title = l.Fill(title, locale.Values{"Brand": l.Say("brand")})
	p.Description = p.Head
	for _, service := range suggested {
		p.Rows = append(p.Rows, view.Row{Name: service.Names.In(l.Code), Href: to.Prefix.To("/" + service.Slug)})
	}
	return s.write(code, "message", &p, site.NoStore)
}
