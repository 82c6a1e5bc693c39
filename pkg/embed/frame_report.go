package embed

import (
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/pkg/ingest"
	"github.com/outcry/outcry/pkg/locale"
	"github.com/outcry/outcry/pkg/site"
	"github.com/outcry/outcry/pkg/view"
)

// ReportFrame is the frame with the report buttons. It asks before it sends, so
// that a host page cannot make visitors report by laying something over a
// button.
type ReportFrame struct {
	frameOf
	View    Widget
	Action  string
	Back    string // to the buttons
	Form    view.Form
	Confirm *Confirm // asks, in place of the buttons
	Said    *view.AnswerText
}

// Confirm is the question before a report is sent.
type Confirm struct {
	Question    string
	Name, Value string // of the button that was pressed
	Device      string // as in view.Form
	Yes, No     string
}

// getReportFrame serves the frame with the report buttons, and the answer to a
// press if the address carries one.
func (s *Embeds) getReportFrame(c *gin.Context) {
	e, ok := s.asked(c, c.Param("service"))
	if !ok {
		return
	}
	s.reportFrame(c, e, site.ReadAnswer(c.Request.URL.Query(), e.service, s.Now().UTC()), nil)
}

// reportFrame sends the frame with an answer or a question. Caches may keep the
// frame only without both.
func (s *Embeds) reportFrame(c *gin.Context, e embedding, a view.Answer, ask *Confirm) {
	one, err := s.board.Status(c.Request.Context(), e.service.Slug)
	if err != nil {
		s.LogUnread(err, "status", e.service.Slug)
		s.unavailable(c, e.to)
		return
	}
	l := e.to.Locale
	one = a.Including(one)
	path := e.to.Prefix.Below("/embed/report/" + e.service.Slug)
	query := e.query()
	p := ReportFrame{
		frameOf: s.frameFor(e, l.Fill("embed_report_title", locale.Values{"Service": e.names.Service(e.service.Slug)})),
		View:    s.view(e, one), Action: path + query, Back: path + query,
		Form: view.NewForm(l, path, e.service, one, true, a, e.names), Confirm: ask, Said: a.Text(l, one, true, e.names),
	}
	cache := carried
	if a.Kind != "" || ask != nil {
		cache = "no-store"
	}
	s.frameTo(c, e, "report-frame", &p, cache)
}

// query returns the parameters of an embedding as the query of an address.
func (e embedding) query() string {
	q := url.Values{"lang": {e.to.Locale.Code}}
	if e.theme != "" {
		q.Set("theme", e.theme)
	}
	if !e.title {
		q.Set("title", "no")
	}
	return "?" + q.Encode()
}

// postReportFrame asks for confirmation of a press, and submits the report when
// it is confirmed. All reports through frames are one source, so their part of
// the evidence is bounded: the request names the host page, and whoever may name
// it could pass for many.
func (s *Embeds) postReportFrame(c *gin.Context) {
	e, ok := s.asked(c, c.Param("service"))
	if !ok {
		return
	}
	if err := s.CheckOrigin(c.Request); err != nil {
		c.Header("Cache-Control", "no-store")
		c.String(http.StatusForbidden, e.to.Locale.Say("refused_head")+"\n")
		return
	}
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, site.MaxForm)
	if err := c.Request.ParseForm(); err != nil {
		s.reportFrame(c, e, view.Answer{Kind: view.AnswerWrong}, nil)
		return
	}
	form := c.Request.PostForm
	press, ok := site.ParsePress(form)
	if !ok || press.Symptom != "" && !e.service.HasSymptom(press.Symptom) {
		s.reportFrame(c, e, view.Answer{Kind: view.AnswerWrong}, nil)
		return
	}
	if isBrowser := c.GetHeader("Sec-Fetch-Dest") != ""; isBrowser && form.Get("visible") != "yes" {
		// The host page may have switched off the script that looks whether the
		// visitor can see the form, in a frame, an object or a window that it opened.
		s.reportFrame(c, e, view.Answer{Kind: view.AnswerHidden}, nil)
		return
	}
	if form.Get("confirm") != "yes" {
		s.reportFrame(c, e, view.Answer{}, e.confirm(press))
		return
	}
	from := ingest.Sender{Addr: site.Addr(c.ClientIP()), Source: framesSource, Via: ingest.ViaFrame}
	receipt, err := s.ingest.Submit(press.Submission(e.service.Slug), from)
	if err != nil {
		why, _ := s.Refusal(e.service.Slug, err) // a frame is shown, whatever it says
		s.reportFrame(c, e, why, nil)
		return
	}
	c.Header("Cache-Control", "no-store")
	c.Redirect(http.StatusSeeOther, e.to.Prefix.Below("/embed/report/"+e.service.Slug)+e.query()+"&"+press.Answer(receipt.Status).Query(s.Now()))
}

// confirm returns the question before a report is sent.
func (e embedding) confirm(press site.Press) *Confirm {
	l := e.to.Locale
	name, value, text := "symptom", press.Symptom, e.names.Symptom(press.Symptom)
	switch press.State {
	case view.AnswerWorks:
		name, value, text = "state", press.State, l.Say("report_works")
	case view.AnswerBack:
		name, value, text = "state", press.State, l.Say("report_back")
	}
	return &Confirm{Name: name, Value: value, Device: press.Device, Yes: l.Say("embed_send"), No: l.Say("embed_cancel"),
		Question: l.Fill("embed_confirm", locale.Values{"Service": e.names.Service(e.service.Slug), "What": text})}
}

// framesSource is the source of all reports through frames.
const framesSource = "frames"
