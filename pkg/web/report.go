package web

import (
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/pkg/ingest"
	"github.com/outcry/outcry/pkg/site"
	"github.com/outcry/outcry/pkg/view"
)

// sender is who pressed the button, as far as the engine's trusted proxies tell.
func sender(c *gin.Context) ingest.Sender {
	return ingest.Sender{Addr: site.Addr(c.ClientIP()), Via: ingest.ViaPage}
}

// postReport submits the report of a button and sends the browser back to the
// page, which shows the answer.
func (s *Pages) postReport(c *gin.Context, to site.Reader) {
	now := s.Now().UTC()
	service, ok := s.Catalog.Service(c.Param("service"))
	if !ok {
		s.missing(c, to)
		return
	}
	if err := s.CheckOrigin(c.Request); err != nil {
		s.message(c, to, http.StatusForbidden, "refused_title", "refused_head", "refused_note")
		return
	}
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, site.MaxForm)
	if err := c.Request.ParseForm(); err != nil {
		s.showService(c, to, service, view.Answer{Kind: view.AnswerWrong}, http.StatusBadRequest, now)
		return
	}
	press, ok := site.ParsePress(c.Request.PostForm)
	if !ok {
		s.showService(c, to, service, view.Answer{Kind: view.AnswerWrong}, http.StatusUnprocessableEntity, now)
		return
	}
	from := sender(c)
	from.Form = &press.Form
	receipt, err := s.Ingest.Submit(press.Submission(service.Slug), from)
	if err != nil {
		s.refuse(c, to, service.Slug, err)
		return
	}
	page := to.Prefix.To("/" + service.Slug)
	c.Header("Cache-Control", "no-store")
	c.Redirect(http.StatusSeeOther, page+"?"+press.Answer(receipt.Status).Query(s.Now()))
}

// getReport redirects to the page of the service. A browser asks for this
// address when a visitor reloads a refused report by hand.
func (s *Pages) getReport(c *gin.Context, to site.Reader) {
	service, ok := s.Catalog.Service(c.Param("service"))
	if !ok {
		s.missing(c, to)
		return
	}
	c.Redirect(http.StatusSeeOther, to.Prefix.To("/"+service.Slug))
}

// refuse shows the page with the reason why a report was not counted. Loading
// that page again sends the report again.
func (s *Pages) refuse(c *gin.Context, to site.Reader, slug string, err error) {
	service, ok := s.Catalog.Service(slug)
	if !ok { // it was taken out of the catalog since
		s.missing(c, to)
		return
	}
	why, code := s.Refusal(slug, err)
	if why.Wait > 0 && code != http.StatusInternalServerError {
		c.Header("Retry-After", strconv.FormatInt(view.Seconds(why.Wait), 10))
	}
	s.showService(c, to, service, why, code, s.Now().UTC())
}
