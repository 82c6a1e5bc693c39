package web

import (
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/ingest"
	"github.com/outcry/outcry/pkg/report"
)

const (
	// maxForm bounds the body of a form, in bytes.
	maxForm = 4096
	// waitAfterFault is what a visitor is asked to wait after a fault of ours.
	waitAfterFault = 10 * time.Second
)

// sender is who pressed the button, as far as the engine's trusted proxies tell.
func sender(c *gin.Context) ingest.Sender { return ingest.Sender{Addr: senderAddr(c)} }

// postReport takes a press of a report button and sends the browser back to the
// page, which then says what became of it.
func (s *Site) postReport(c *gin.Context, to reader) {
	now := s.Now().UTC()
	service, ok := s.Catalog.Service(c.Param("service"))
	if !ok {
		s.missing(c, to)
		return
	}
	if err := s.origin.Check(c.Request); err != nil {
		s.message(c, to, http.StatusForbidden, "refused_title", "refused_head", "refused_note", nil)
		return
	}
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, maxForm)
	if err := c.Request.ParseForm(); err != nil {
		s.showService(c, to, service, said{what: saidWrong}, http.StatusBadRequest, now)
		return
	}
	submission, state, ok := pressed(service.Slug, c.Request.PostForm.Get("symptom"), c.Request.PostForm.Get("state"))
	if !ok {
		s.showService(c, to, service, said{what: saidWrong}, http.StatusUnprocessableEntity, now)
		return
	}
	receipt, err := s.Ingest.Submit(submission, sender(c))
	if err != nil {
		s.refuse(c, to, service.Slug, err)
		return
	}
	page := address(to.prefix, "/"+service.Slug)
	c.Header("Cache-Control", "no-store")
	c.Redirect(http.StatusSeeOther, page+"?"+answer(submission, state, receipt.Status).query(s.Now()))
}

// getReport leads to the page of the service from the address of a refused
// report, asked for again by hand.
func (s *Site) getReport(c *gin.Context, to reader) {
	service, ok := s.Catalog.Service(c.Param("service"))
	if !ok {
		s.missing(c, to)
		return
	}
	c.Redirect(http.StatusSeeOther, address(to.prefix, "/"+service.Slug))
}

// pressed is the submission that a button stands for, and the state it names.
func pressed(slug, symptom, state string) (report.Submission, string, bool) {
	switch {
	case symptom != "" && state == "":
		return report.Submission{Service: slug, Kind: report.Problem, Symptom: symptom}, "", true
	case symptom == "" && (state == saidWorks || state == saidBack):
		return report.Submission{Service: slug, Kind: report.Recovery}, state, true
	}
	return report.Submission{}, "", false
}

// refuse shows the page with the reason why a report was not counted. Loading
// it again sends the report again, which is what a visitor then wants.
func (s *Site) refuse(c *gin.Context, to reader, slug string, err error) {
	service, _ := s.Catalog.Service(slug)
	why, code := s.refusal(c, slug, err)
	s.showService(c, to, service, why, code, s.Now().UTC())
}

// refusal says why a report was not counted, with the status of the answer, and
// when to try again.
func (s *Site) refusal(c *gin.Context, slug string, err error) (said, int) {
	var f *fault.Error
	if !errors.As(err, &f) {
		f = &fault.Error{}
	}
	switch f.Kind {
	case fault.Limited, fault.Unavailable:
		wait := max(f.RetryAfter, time.Second)
		c.Header("Retry-After", strconv.FormatInt(seconds(wait), 10))
		if f.Kind == fault.Unavailable {
			return said{what: saidRetry, wait: wait}, http.StatusServiceUnavailable
		}
		return said{what: saidRetry, wait: wait}, http.StatusTooManyRequests
	case fault.Invalid, fault.Malformed:
		return said{what: saidWrong}, http.StatusUnprocessableEntity
	}
	s.Log.Error("cannot take a report", slog.String("service", slug), slog.Any("err", err))
	return said{what: saidRetry, wait: waitAfterFault}, http.StatusInternalServerError
}
