package web

import (
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/pkg/ingest"
	"github.com/outcry/outcry/pkg/locale"
)

// ReportFrame is the page in a frame that takes reports. It asks before it
// sends, so that no page of others can report in its visitors' name by laying
// something over a button.
type ReportFrame struct {
	frameOf
	View    View
	Action  string
	Back    string // to the buttons
	Form    Form
	Confirm *Confirm // asks, in place of the buttons
	Said    *Said
}

// Confirm is the question before a report is sent.
type Confirm struct {
	Question    string
	Name, Value string // of the button that was pressed
	Yes, No     string
}

// getReportFrame serves the report buttons as a page for a frame, with the answer
// to a press, if there is one.
func (s *Site) getReportFrame(c *gin.Context) {
	e, ok := s.asked(c, c.Param("service"))
	if !ok {
		return
	}
	s.reportFrame(c, e, readSaid(c.Request.URL.Query(), s.Now().UTC()), nil)
}

// reportFrame writes the frame with an answer or a question. Only the frame with
// neither is for everybody.
func (s *Site) reportFrame(c *gin.Context, e embedding, a said, ask *Confirm) {
	one, err := s.Board.Status(c.Request.Context(), e.service.Slug)
	if err != nil {
		s.unread(err, "status", e.service.Slug)
		s.silent(c, e.to)
		return
	}
	l := e.to.locale
	one = a.including(one)
	path := "/embed/report/" + e.service.Slug
	query := e.query()
	p := ReportFrame{
		frameOf: s.frameFor(e, l.Fill("embed_report_title", locale.Values{"Service": e.names.service(e.service.Slug)})),
		View:    s.view(e, one, s.home(c)), Action: path + query, Back: path + query,
		Form: form(l, path, e.service, one, true, a, e.names), Confirm: ask, Said: a.words(l, one, true, e.names),
	}
	cache := carried
	if a.what != "" || ask != nil {
		cache = "no-store"
	}
	s.frameTo(c, e, "report-frame", &p, cache)
}

// query is what an embedding asks for, as the query of an address.
func (e embedding) query() string {
	q := url.Values{"lang": {e.to.locale.Code}}
	if e.theme != "" {
		q.Set("theme", e.theme)
	}
	if !e.title {
		q.Set("title", "no")
	}
	return "?" + q.Encode()
}

// postReportFrame takes a press of a button in the frame: it asks at first, and
// has the report counted when it is confirmed. All reports through frames are one
// source, whose part of the evidence is bounded: the page around is what the
// request says it is, and whoever may name it could pass for many.
func (s *Site) postReportFrame(c *gin.Context) {
	e, ok := s.asked(c, c.Param("service"))
	if !ok {
		return
	}
	if err := s.origin.Check(c.Request); err != nil {
		c.Header("Cache-Control", "no-store")
		c.String(http.StatusForbidden, e.to.locale.Say("refused_head")+"\n")
		return
	}
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, maxForm)
	if err := c.Request.ParseForm(); err != nil {
		s.reportFrame(c, e, said{what: saidWrong}, nil)
		return
	}
	form := c.Request.PostForm
	submission, state, ok := pressed(e.service.Slug, form.Get("symptom"), form.Get("state"))
	if symptom := form.Get("symptom"); !ok || symptom != "" && !e.service.HasSymptom(symptom) {
		s.reportFrame(c, e, said{what: saidWrong}, nil)
		return
	}
	if form.Get("confirm") != "yes" {
		s.reportFrame(c, e, said{}, e.confirm(form.Get("symptom"), state))
		return
	}
	from := ingest.Sender{Addr: senderAddr(c), Source: framesSource}
	receipt, err := s.Ingest.Submit(submission, from)
	if err != nil {
		why, _ := s.refusal(c, e.service.Slug, err) // a frame is shown, whatever it says
		s.reportFrame(c, e, why, nil)
		return
	}
	c.Header("Cache-Control", "no-store")
	c.Redirect(http.StatusSeeOther, "/embed/report/"+e.service.Slug+e.query()+"&"+answer(submission, state, receipt.Status).query(s.Now()))
}

// confirm asks before a report is sent.
func (e embedding) confirm(symptom, state string) *Confirm {
	l := e.to.locale
	name, value, text := "symptom", symptom, e.names.symptom(symptom)
	switch state {
	case saidWorks:
		name, value, text = "state", state, l.Say("report_works")
	case saidBack:
		name, value, text = "state", state, l.Say("report_back")
	}
	return &Confirm{Name: name, Value: value, Yes: l.Say("embed_send"), No: l.Say("embed_cancel"),
		Question: l.Fill("embed_confirm", locale.Values{"Service": e.names.service(e.service.Slug), "What": text})}
}

// framesSource is the one source of all reports through frames.
const framesSource = "frames"
