package view

import "github.com/outcry/outcry/pkg/locale"

// MailPage is a page about messages by e-mail: a question with a button, or an answer.
type MailPage struct {
	Frame
	Head, Note string
	Action     string // where the button leads; empty: there is none
	Token      string // sent with the press
	Button     string
	Service    string // its name; empty if there is none
	Page       string // address of its page
}

// MailOffer is the form on the page of a service with which a visitor asks for
// messages by e-mail.
type MailOffer struct {
	Action string
	Note   string
}

// newMailOffer returns the form for a service.
func newMailOffer(f *Frame, path, service string) *MailOffer {
	return &MailOffer{Action: path + "/mail", Note: f.Fill("mail_offer", locale.Values{"Service": service})}
}

// MailWords are the texts of messages by e-mail that are not about an incident.
type MailWords struct{ Subject, Body, Button, Why, Stop, Direction string }

// NewMailWords returns the texts for a service.
func NewMailWords(names Labels, service string) MailWords {
	l := names.Locale
	w := locale.Values{"Service": names.Service(service), "Brand": l.Say("brand")}
	return MailWords{
		Subject: l.Fill("mail_subject", w), Body: l.Fill("mail_question", w), Button: l.Say("mail_yes"), Why: l.Fill("mail_why", w), Stop: l.Say("tell_stop"),
		Direction: l.Dir,
	}
}
