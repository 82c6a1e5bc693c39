package web

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/gate"
	"github.com/outcry/outcry/pkg/locale"
	"github.com/outcry/outcry/pkg/mail"
	"github.com/outcry/outcry/pkg/site"
	"github.com/outcry/outcry/pkg/view"
)

// MailDesk keeps the subscriptions of e-mail addresses, as a mail.Desk does.
type MailDesk interface {
	Ask(ctx context.Context, address, service, language string, now time.Time) error
	ToConfirm(ctx context.Context, token string, now time.Time) (service string, err error)
	Confirm(ctx context.Context, token string, now time.Time) (service string, err error)
	ToStop(ctx context.Context, token string) (service string, err error)
	Stop(ctx context.Context, token string) (service string, err error)
}

// mountMail adds the routes of messages by e-mail. Without an SMTP server they are
// answered as unknown addresses.
func (s *Pages) mountMail(g *gin.RouterGroup, prefix string) {
	reading := func(handle func(*gin.Context, site.Reader)) gin.HandlerFunc {
		if s.Mail == nil {
			handle = s.missing
		}
		return s.reading(prefix, handle)
	}
	g.POST("/:service/mail", reading(s.postMail))
	g.GET(mail.ConfirmPath, reading(s.getConfirm))
	g.POST(mail.ConfirmPath, reading(s.postConfirm))
	g.GET(mail.StopPath, reading(s.getStop))
	g.POST(mail.StopPath, reading(s.postStop))
}

// postMail sends the question to an address. The answer is the same for every address.
func (s *Pages) postMail(c *gin.Context, to site.Reader) {
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
	err := s.Mail.Ask(c.Request.Context(), c.PostForm("address"), service.Slug, to.Locale.Code, s.Now())
	if fault.KindOf(err) == fault.Invalid {
		s.showMail(c, to, http.StatusUnprocessableEntity, service.Slug, view.MailPage{Head: "mail_wrong", Note: "mail_wrong_note"}, nil)
		return
	}
	s.showMail(c, to, http.StatusOK, service.Slug, view.MailPage{Head: "mail_asked", Note: "mail_asked_note"}, err)
}

func (s *Pages) getConfirm(c *gin.Context, to site.Reader) {
	token := c.Query("token")
	service, err := s.Mail.ToConfirm(c.Request.Context(), token, s.Now())
	s.showMail(c, to, http.StatusOK, service, view.MailPage{Head: "mail_confirm", Note: "mail_confirm_note", Action: mail.ConfirmPath, Token: token, Button: "mail_yes"}, err)
}

func (s *Pages) postConfirm(c *gin.Context, to site.Reader) {
	service, err := s.Mail.Confirm(c.Request.Context(), s.mailToken(c), s.Now())
	s.showMail(c, to, http.StatusOK, service, view.MailPage{Head: "mail_confirmed", Note: "mail_confirmed_note"}, err)
}

// getStop asks before it stops: programs that check mail follow links.
func (s *Pages) getStop(c *gin.Context, to site.Reader) {
	token := c.Query("token")
	service, err := s.Mail.ToStop(c.Request.Context(), token)
	s.showMail(c, to, http.StatusOK, service, view.MailPage{Head: "mail_stop", Note: "mail_stop_note", Action: mail.StopPath, Token: token, Button: "tell_stop"}, err)
}

// postStop stops, for the button of the page and for programs that read mail (RFC 8058).
// These come without an origin; the token is what counts.
func (s *Pages) postStop(c *gin.Context, to site.Reader) {
	service, err := s.Mail.Stop(c.Request.Context(), s.mailToken(c))
	s.showMail(c, to, http.StatusOK, service, view.MailPage{Head: "mail_stopped", Note: "mail_stopped_note"}, err)
}

// mailToken returns the token of a press: from the form, or from the address.
func (s *Pages) mailToken(c *gin.Context) string {
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, site.MaxForm)
	if token := c.PostForm("token"); token != "" {
		return token
	}
	return c.Query("token")
}

// showMail sends a page about a service whose texts are the messages of the keys in p,
// or the page for an error.
func (s *Pages) showMail(c *gin.Context, to site.Reader, code int, service string, p view.MailPage, err error) {
	switch {
	case fault.KindOf(err) == fault.NotFound:
		code, p = http.StatusNotFound, view.MailPage{Head: "mail_gone", Note: "mail_gone_note"}
	case err != nil:
		if !errors.Is(err, context.Canceled) {
			s.Log.Error("subscriptions by e-mail cannot be read or stored", "error", err)
		}
		s.failed(c, to)
		return
	}
	w, err := gate.Do(c.Request.Context(), s.Making, func() (*written, error) { return s.writeMail(to, code, service, p) })
	s.sendMade(c, to, w, err)
}

func (s *Pages) writeMail(to site.Reader, code int, slug string, p view.MailPage) (*written, error) {
	l := to.Locale
	w := locale.Values{}
	p.Frame = s.frame(to, "/", s.Now())
	if service, ok := s.Catalog.Service(slug); ok {
		p.Service, p.Page = service.Names.In(l.Code), p.To("/"+slug)
		w["Service"] = p.Service
	}
	p.Head, p.Note = l.Fill(p.Head, w), l.Fill(p.Note, w)
	p.Title = p.Head + " · " + l.Say("brand")
	p.Description = p.Head
	if p.Action != "" {
		p.Action, p.Button = p.To(p.Action), l.Say(p.Button)
	}
	return s.write(code, "mail", &p, site.NoStore)
}
