package web

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/pkg/admin"
	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/site"
	"github.com/outcry/outcry/pkg/view"
)

// WishDesk keeps the services that visitors look for and do not find.
type WishDesk interface {
	AddWish(ctx context.Context, w admin.Wish) error
}

// postWish counts that a visitor asks for a service. Nothing is published. Who asks
// for a service that is there is sent to its page.
func (s *Pages) postWish(c *gin.Context, to site.Reader) {
	if err := s.CheckOrigin(c.Request); err != nil {
		s.message(c, to, http.StatusForbidden, "refused_title", "refused_head", "refused_note")
		return
	}
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, site.MaxForm)
	wish, err := admin.NewWish(c.PostForm("q"), s.Now().UTC().Truncate(time.Minute)) // when exactly is nobody's business
	if err != nil {
		s.message(c, to, http.StatusUnprocessableEntity, "wish_title", "wish_wrong", "wish_wrong_note")
		return
	}
	if found := s.named(wish.Key); found != "" {
		c.Redirect(http.StatusSeeOther, to.Prefix.To("/"+found))
		return
	}
	if err := s.Wishes.AddWish(c.Request.Context(), wish); err != nil {
		if fault.KindOf(err) == fault.Internal && c.Request.Context().Err() == nil {
			s.Log.Error("a service that a visitor asked for was not noted", "error", err)
		}
		s.failed(c, to)
		return
	}
	s.message(c, to, http.StatusOK, "wish_title", "wish_done", "wish_done_note")
}

// named returns the slug of the service that has this name, in the form of
// catalog.Fold, or "".
func (s *Pages) named(key string) string {
	for _, service := range s.Catalog.Search(key, 1) {
		for _, name := range append([]string{service.Slug}, service.Aliases...) {
			if same(name, key) {
				return service.Slug
			}
		}
		for _, name := range service.Names {
			if same(name, key) {
				return service.Slug
			}
		}
	}
	return ""
}

// same reports whether a name is the same as a key but for spaces.
func same(name, key string) bool {
	return strings.ReplaceAll(catalog.Fold(name), " ", "") == strings.ReplaceAll(key, " ", "")
}

// wishFor returns the form that asks for what a query did not find, or nil if the
// query cannot be the name of a service.
func (s *Pages) wishFor(to site.Reader, query string) *view.WishForm {
	wish, err := admin.NewWish(query, s.Now())
	if s.Wishes == nil || err != nil {
		return nil
	}
	return view.NewWishForm(to.Locale, wish.Name, to.Prefix.To(wishPath))
}

// wishPath is where the form is sent, below the prefix of a language.
const wishPath = "/wish"
