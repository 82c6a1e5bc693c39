package web

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// picturePolicy lets a picture run and load nothing.
const picturePolicy = "default-src 'none'; style-src 'unsafe-inline'"

// getAsset serves a file of the pages.
func (s *Pages) getAsset(c *gin.Context) {
	file, ok := s.Assets.File(c.Param("file"))
	if !ok {
		s.NotFound(c)
		return
	}
	c.Header("Cache-Control", "public, max-age=31536000, immutable")
	c.Header("X-Content-Type-Options", "nosniff")
	c.Header("Content-Security-Policy", picturePolicy) // of a picture that is opened as a page
	c.Data(http.StatusOK, file.Type, file.Content)
}
