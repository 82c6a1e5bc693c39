// Package outbound makes HTTP clients for addresses that others name, such as the
// URLs of webhooks and the endpoints of push services. They connect to public
// addresses only, whatever a name resolves to, use no proxy and follow no redirect.
package outbound

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"syscall"
	"time"

	"code.dny.dev/ssrf"
)

const (
	dialTime      = 5 * time.Second
	answerTime    = 10 * time.Second
	maxHeader     = 16 << 10 // bytes of the headers of an answer
	maxIdle       = 64       // open connections that wait for the next message
	firstFreePort = 1024
)

// Reasons for which a connection is not made.
var (
	ErrNotPublic = errors.New("the address is not public")
	ErrPort      = errors.New("the port is not allowed; use 443, or one from 1024 on")
	ErrPlain     = errors.New("plain HTTP is not allowed")
)

// Guard decides which addresses may be connected to. It sees the address itself,
// after names were resolved, so no name and no redirect gets around it.
type Guard struct {
	allow  []netip.Prefix
	public *ssrf.Guardian
	// Resolver resolves names; nil stands for that of the system.
	Resolver *net.Resolver
}

// NewGuard returns a Guard that allows public addresses over TLS, and the networks
// in allow with any port and over plain HTTP too.
func NewGuard(allow []netip.Prefix) Guard {
	return Guard{allow: allow, public: ssrf.New(ssrf.WithAnyPort())}
}

// Check returns an error if a connection must not be made.
func (g Guard) Check(to netip.AddrPort, isPlain bool) error {
	addr := to.Addr().Unmap()
	for _, p := range g.allow {
		if p.Contains(addr.WithZone("")) {
			return nil
		}
	}
	switch {
	case g.public.SafeAddr(addr) != nil:
		return ErrNotPublic
	case isPlain:
		return ErrPlain
	case to.Port() != 443 && to.Port() < firstFreePort:
		return ErrPort
	}
	return nil
}

// control returns the check as a net.Dialer calls it.
func (g Guard) control(isPlain bool) func(network, address string, _ syscall.RawConn) error {
	return func(_, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err != nil {
			return ErrNotPublic
		}
		return g.Check(to, isPlain)
	}
}

// CheckHost returns an error for a host and port that no name server is needed to
// refuse. What other names resolve to is checked at each connection.
func (g Guard) CheckHost(host string, port uint16, isPlain bool) error {
	addr, err := netip.ParseAddr(host)
	switch {
	case err == nil:
		return g.Check(netip.AddrPortFrom(addr, port), isPlain)
	case len(g.allow) > 0:
		return nil // the name may be one of an allowed network
	case isLocalName(host):
		return ErrNotPublic
	case isPlain:
		return ErrPlain
	case port != 443 && port < firstFreePort:
		return ErrPort
	}
	return nil
}

// isLocalName reports whether a name can only be one of a private network.
func isLocalName(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if !strings.Contains(host, ".") {
		return true
	}
	for _, ending := range []string{".localhost", ".local", ".internal", ".home.arpa"} {
		if strings.HasSuffix(host, ending) {
			return true
		}
	}
	return net.ParseIP(host) != nil
}

// Client returns a client that connects only where g allows it. It trusts the
// authorities in roots; nil stands for those of the system.
func (g Guard) Client(roots *x509.CertPool) *http.Client {
	dialer := func(isPlain bool) *net.Dialer {
		return &net.Dialer{Timeout: dialTime, Resolver: g.Resolver, Control: g.control(isPlain)}
	}
	secure := dialer(false)
	return &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			Proxy:       nil, // it would connect in our place
			DialContext: dialer(true).DialContext,
			DialTLSContext: func(ctx context.Context, network, address string) (net.Conn, error) {
				host, _, err := net.SplitHostPort(address)
				if err != nil {
					return nil, err
				}
				d := tls.Dialer{NetDialer: secure, Config: &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12, RootCAs: roots}}
				return d.DialContext(ctx, network, address)
			},
			DisableCompression:     true, // a short answer may unpack to a long one
			MaxIdleConns:           maxIdle,
			MaxIdleConnsPerHost:    4,
			IdleConnTimeout:        30 * time.Second,
			ResponseHeaderTimeout:  answerTime,
			MaxResponseHeaderBytes: maxHeader,
		},
	}
}

// Describe words an error of a request without the address.
func Describe(err error) string {
	var (
		dns       *net.DNSError
		timeouts  interface{ Timeout() bool }
		authority x509.UnknownAuthorityError
		hostname  x509.HostnameError
		invalid   x509.CertificateInvalidError
	)
	for _, known := range []error{ErrNotPublic, ErrPort, ErrPlain} {
		if errors.Is(err, known) {
			return known.Error()
		}
	}
	switch {
	case errors.As(err, &dns):
		return "the name of the receiver cannot be resolved"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeouts) && timeouts.Timeout():
		return "the receiver did not answer in time"
	case errors.Is(err, context.Canceled):
		return "this process stopped before the receiver answered"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "the receiver refused the connection"
	case errors.As(err, &authority), errors.As(err, &hostname), errors.As(err, &invalid):
		return "the certificate of the receiver is not valid"
	}
	return "the connection to the receiver failed"
}
