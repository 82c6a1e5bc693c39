package web

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/pkg/site"
)

// robots are words in the user agents of programs that read pages and run their
// scripts. Their views are not counted.
var robots = []string{"bot", "crawl", "spider", "slurp", "preview", "lighthouse", "monitor"}

// postVisit counts a person's view of the page of a service. The script of the
// page sends it when the page becomes visible. Nothing about the person is kept.
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

// ownPage reports whether the headers of r name this site as its sender. A
// report needs no such headers; a visit is not counted without them.
func (s *Pages) ownPage(r *http.Request) bool {
	named := r.Header.Get("Sec-Fetch-Site") == "same-origin" || r.Header.Get("Origin") != ""
	return named && s.CheckOrigin(r) == nil
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
