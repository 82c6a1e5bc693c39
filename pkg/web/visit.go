package web

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/pkg/site"
)

// robots are words in the user agents of those who read pages for others. They
// run scripts like a person's browser; their views say nothing.
var robots = []string{"bot", "crawl", "spider", "slurp", "preview", "lighthouse", "monitor"}

// postVisit counts a person's view of the page of a service. The script of the
// page sends it once it is seen; embeds do not. Nothing is kept of who it was.
func (s *Pages) postVisit(c *gin.Context, to site.Reader) {
	service, ok := s.Catalog.Service(c.Param("service"))
	if !ok {
		s.missing(c, to)
		return
	}
	c.Header("Cache-Control", site.NoStore)
	if !s.ownPage(c.Request) {
		c.Status(http.StatusForbidden)
		return
	}
	if !robotic(c.GetHeader("User-Agent")) {
		s.Ingest.Visit(service.Slug, site.Addr(c.ClientIP()))
	}
	c.Status(http.StatusNoContent)
}

// ownPage tells whether a browser says that a page of this site sent r. Unlike a
// report, a visit is not counted for who says nothing.
func (s *Pages) ownPage(r *http.Request) bool {
	said := r.Header.Get("Sec-Fetch-Site") == "same-origin" || r.Header.Get("Origin") != ""
	return said && s.CheckOrigin(r) == nil
}

func robotic(agent string) bool {
	agent = strings.ToLower(agent)
	for _, word := range robots {
		if strings.Contains(agent, word) {
			return true
		}
	}
	return agent == ""
}
