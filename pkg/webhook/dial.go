package webhook

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/netip"
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
	errNotPublic = errors.New("the address is not public; the operator can allow it with OUTCRY_WEBHOOK_ALLOW")
	errPort      = errors.New("the port is not allowed; use 443, or one from 1024 on")
	errPlain     = errors.New("plain HTTP is allowed only for the networks of OUTCRY_WEBHOOK_ALLOW")
)

// guard decides which addresses may be connected to. It sees the address itself,
// after names were resolved, so no name and no redirect gets around it.
type guard struct {
	allow  []netip.Prefix
	public *ssrf.Guardian
}

func newGuard(allow []netip.Prefix) guard {
	return guard{allow, ssrf.New(ssrf.WithAnyPort())}
}

// check returns an error if a connection must not be made.
func (g guard) check(to netip.AddrPort, isPlain bool) error {
	addr := to.Addr().Unmap()
	for _, p := range g.allow {
		if p.Contains(addr.WithZone("")) {
			return nil
		}
	}
	switch {
	case g.public.SafeAddr(addr) != nil:
		return errNotPublic
	case isPlain:
		return errPlain
	case to.Port() != 443 && to.Port() < firstFreePort:
		return errPort
	}
	return nil
}

// control returns the check as a net.Dialer calls it.
func (g guard) control(isPlain bool) func(network, address string, _ syscall.RawConn) error {
	return func(_, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err != nil {
			return errNotPublic
		}
		return g.check(to, isPlain)
	}
}

// newClient returns a client that connects only where guard allows it. It uses no
// proxy, which would connect for it, and follows no redirect.
func newClient(allow []netip.Prefix, roots *x509.CertPool) *http.Client {
	g := newGuard(allow)
	dialer := func(isPlain bool) *net.Dialer {
		return &net.Dialer{Timeout: dialTime, Control: g.control(isPlain)}
	}
	secure := dialer(false)
	return &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			Proxy:       nil,
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

// describe words an error of a request, without the address.
func describe(err error) string {
	var (
		dns       *net.DNSError
		timeouts  interface{ Timeout() bool }
		authority x509.UnknownAuthorityError
		hostname  x509.HostnameError
		invalid   x509.CertificateInvalidError
	)
	for _, known := range []error{errNotPublic, errPort, errPlain} {
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
