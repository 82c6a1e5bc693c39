package web

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/pkg/admin"
	"github.com/outcry/outcry/pkg/site"
	"github.com/outcry/outcry/pkg/view"
)

// getAdmin serves the page of operators. It is the same for everybody: what it
// shows comes from the API, for the key that is typed there.
func (s *Pages) getAdmin(c *gin.Context, to site.Reader) {
	now := s.Now().UTC()
	s.shared(c, to, "/admin", nil, func(context.Context) (*written, error) {
		kinds := make([]string, len(admin.Kinds))
		for i, k := range admin.Kinds {
			kinds[i] = string(k)
		}
		takes := func(kind string) []string { return admin.Takes(admin.Kind(kind)) }
		p := view.NewAdminPage(s.frame(to, "/admin", now), s.Languages, kinds, takes)
		return s.write(http.StatusOK, "admin", &p, lasting)
	})
}
