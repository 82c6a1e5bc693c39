// Package mail tells people by e-mail about a service. Who asks for it confirms the
// address first (double opt-in), and every message ends the subscription with one
// click (RFC 8058).
//
// A Desk keeps the subscriptions, and a Sender is the channel that hands messages to
// an SMTP server.
package mail

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"html/template"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"github.com/outcry/outcry/pkg/notify"
)

const (
	// Channel is the name of the channel.
	Channel = "email"
	// timeout bounds one delivery.
	timeout = 12 * time.Second
)

// Words are the parts of a message that are not about an incident, in the language of
// its subscriber.
type Words struct {
	Subject, Body, Button string // of the question whether the subscriber wants messages
	Why, Stop             string // below every other message
	Direction             string // "rtl", or empty
}

// Options are what a Sender needs.
type Options struct {
	Server Server
	From   string // the sender's address, with or without a name
	Links  Links
	// Words returns the words for a service in a language.
	Words func(service, language string) Words
}

// Sender hands messages to an SMTP server. It is a notify.Channel.
type Sender struct{ Options }

var _ notify.Channel = (*Sender)(nil)

// Deliver hands over a message once.
func (s *Sender) Deliver(ctx context.Context, d notify.Delivery) notify.Outcome {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	m, err := s.compose(d)
	if err != nil {
		return notify.Outcome{Result: notify.Rejected, Detail: "the message cannot be composed"}
	}
	client, err := gomail.NewClient(s.Server.Host, s.Server.options()...)
	if err != nil {
		return notify.Outcome{Result: notify.Failed, Detail: "OUTCRY_SMTP_URL cannot be used"}
	}
	if err := client.DialAndSendWithContext(ctx, m); err != nil {
		return outcomeOf(err)
	}
	return notify.Outcome{Result: notify.Delivered}
}

// outcomeOf returns what an error of an SMTP server means.
func outcomeOf(err error) notify.Outcome {
	const permanent = 500
	var refused *gomail.SendError
	if !errors.As(err, &refused) {
		return notify.Outcome{Result: notify.Failed, Detail: describe(err)}
	}
	code := refused.ErrorCode()
	o := notify.Outcome{Result: notify.Failed, Status: code, Detail: fmt.Sprintf("the SMTP server answered %d", code)}
	switch {
	case code < permanent:
	case refused.Reason == gomail.ErrSMTPRcptTo:
		o.Result = notify.Gone // there is no such mailbox
	case refused.Reason == gomail.ErrSMTPData || refused.Reason == gomail.ErrSMTPDataClose:
		o.Result = notify.Rejected
	}
	return o
}

// letter is a message as its templates take it.
type letter struct {
	notify.Text
	Language, Direction string
	Button              string // the text of the link; empty: the address itself
	Why, Stop, StopURL  string
}

// compose returns the message of a delivery.
func (s *Sender) compose(d notify.Delivery) (*gomail.Msg, error) {
	w := s.Words(d.Subscription.Filter.Service(), d.Subscription.Language)
	l := letter{Text: d.Text, Language: d.Subscription.Language, Direction: w.Direction, Why: w.Why, Stop: w.Stop, StopURL: s.Links.stop(&d.Subscription)}
	if d.Message.Kind == notify.Consent {
		l.Text = notify.Text{Title: w.Subject, Body: w.Body, URL: s.Links.confirm(&d.Subscription)}
		l.Button, l.Why, l.Stop = w.Button, "", ""
	}
	m := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	if err := errors.Join(m.From(s.From), m.To(d.Private.Address)); err != nil {
		return nil, err
	}
	m.Subject(oneLine(l.Title))
	m.SetDateWithValue(d.Message.Created)
	m.SetMessageIDWithValue(d.Message.ID + "@" + s.Links.host())
	if d.Message.Incident.ID != "" {
		thread := "<" + d.Message.Incident.ID + "." + d.Subscription.ID + "@" + s.Links.host() + ">"
		m.SetGenHeader("References", thread)
		m.SetGenHeader("In-Reply-To", thread)
	}
	m.SetGenHeader("Auto-Submitted", "auto-generated")
	if l.Stop != "" {
		m.SetGenHeader("List-Unsubscribe", "<"+l.StopURL+">")
		m.SetGenHeader("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
	}
	m.SetBodyString(gomail.TypeTextPlain, l.plain())
	var html bytes.Buffer
	if err := page.Execute(&html, l); err != nil {
		return nil, err
	}
	m.AddAlternativeString(gomail.TypeTextHTML, html.String())
	return m, nil
}

// oneLine returns text without line ends and other control characters, so that none of
// it can become a header.
func oneLine(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r < ' ' || r == '\u007f' || r == '\u2028' || r == '\u2029' }), " ")
}

// plain returns the message as text.
func (l letter) plain() string {
	text := l.Title + "\n\n" + l.Body + "\n"
	if l.URL != "" {
		text += "\n" + l.URL + "\n"
	}
	if l.Stop != "" {
		text += "\n-- \n" + l.Why + "\n" + l.Stop + ": " + l.StopURL + "\n"
	}
	return text
}

// page is the message as a simple page, without pictures and styles.
var page = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="{{.Language}}"{{with .Direction}} dir="{{.}}"{{end}}>
<head><meta charset="utf-8"><title>{{.Title}}</title></head>
<body>
<h1>{{.Title}}</h1>
<p>{{.Body}}</p>
{{with .URL}}<p><a href="{{.}}">{{or $.Button .}}</a></p>
{{end}}{{if .Stop}}<hr>
<p><small>{{.Why}} <a href="{{.StopURL}}">{{.Stop}}</a></small></p>
{{end}}</body>
</html>
`))
