package app

import (
	"fmt"

	"github.com/outcry/outcry/pkg/mail"
	"github.com/outcry/outcry/pkg/publicurl"
	"github.com/outcry/outcry/pkg/view"
	"github.com/outcry/outcry/pkg/web"
)

// openMail sets the SMTP server, if the settings name one.
func (p *Parts) openMail() error {
	if p.config.SMTPURL == "" {
		return nil
	}
	server, err := mail.ParseServer(p.config.SMTPURL)
	if err != nil {
		return fmt.Errorf("OUTCRY_SMTP_URL: %w", err)
	}
	home, err := publicurl.Parse(p.config.PublicURL)
	if err != nil {
		return fmt.Errorf("OUTCRY_PUBLIC_URL: %w", err)
	}
	p.mail = &mail.Desk{Store: p.Archive, Links: mail.Links{Key: p.key, Home: home}}
	p.mailServer = server
	return nil
}

// mailDesk returns what keeps the subscriptions of e-mail addresses; nil without an
// SMTP server.
func (p *Parts) mailDesk() *mail.Desk { return p.mail }

// mailPages returns what pages need of it; nil without an SMTP server.
func (p *Parts) mailPages() web.MailDesk {
	if p.mail == nil {
		return nil
	}
	return p.mail
}

// mailSender returns the channel that sends e-mail.
func (p *Parts) mailSender(desk *mail.Desk, names func(language string) view.Labels) *mail.Sender {
	return &mail.Sender{Options: mail.Options{
		Server: p.mailServer, From: p.config.MailFrom, Links: desk.Links,
		Words: func(service, language string) mail.Words {
			return mail.Words(view.NewMailWords(names(language), service))
		},
	}}
}
