package mail

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"

	gomail "github.com/wneessen/go-mail"
)

// Server is the SMTP server that messages are handed to.
type Server struct {
	Host           string
	Port           int
	IsSecure       bool // TLS from the first byte; otherwise STARTTLS
	User, Password string
}

// Ports of the schemes.
const (
	securePort   = 465
	startTLSPort = 587
)

// ParseServer reads a URL such as smtps://user:password@host:465 or smtp://host:587.
// Its errors do not hold the password.
func ParseServer(text string) (Server, error) {
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "" {
		return Server{}, errors.New("is not a URL such as smtps://USER:PASSWORD@HOST:465")
	}
	s := Server{Host: u.Hostname(), User: u.User.Username()}
	s.Password, _ = u.User.Password()
	switch u.Scheme {
	case "smtps":
		s.IsSecure, s.Port = true, securePort
	case "smtp":
		s.Port = startTLSPort
	default:
		return Server{}, fmt.Errorf("begins with %s:// and must begin with smtps:// (TLS) or smtp:// (STARTTLS)", u.Scheme)
	}
	if u.Port() != "" {
		if s.Port, err = strconv.Atoi(u.Port()); err != nil {
			return Server{}, errors.New("has no usable port")
		}
	}
	return s, nil
}

// isLocal reports whether the server is on this machine, which needs no encryption.
func (s Server) isLocal() bool {
	addr, err := netip.ParseAddr(s.Host)
	return s.Host == "localhost" || err == nil && addr.IsLoopback()
}

// options returns the options of a connection. A password, or an address, never goes
// over the network without TLS.
func (s Server) options() []gomail.Option {
	list := []gomail.Option{gomail.WithPort(s.Port), gomail.WithTimeout(timeout)}
	switch {
	case s.IsSecure:
		list = append(list, gomail.WithSSL())
	case s.isLocal():
		list = append(list, gomail.WithTLSPolicy(gomail.NoTLS))
	default:
		list = append(list, gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	if s.User != "" {
		list = append(list, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(s.User), gomail.WithPassword(s.Password))
	}
	return list
}

// describe words an error of a connection without addresses.
func describe(err error) string {
	var (
		dns     *net.DNSError
		timeout interface{ Timeout() bool }
	)
	switch {
	case errors.As(err, &dns):
		return "the name of the SMTP server cannot be resolved"
	case errors.As(err, &timeout) && timeout.Timeout():
		return "the SMTP server did not answer in time"
	}
	return "the SMTP server could not be reached, or refused the connection"
}
