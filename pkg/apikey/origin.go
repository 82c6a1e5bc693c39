package apikey

import (
	"errors"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// CheckOrigin returns an error for text that is not the origin of web pages which
// may report with a key: a scheme, a host and perhaps a port, exactly as browsers
// send them in the header Origin. The scheme is https, or http on this machine.
func CheckOrigin(text string) error {
	if text == "null" {
		return errors.New("every sandboxed page and every file has the origin null, so it names nobody")
	}
	if strings.Contains(text, "*") {
		return errors.New("an origin has no wildcards; name each one")
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme == "" || u.Host == "" {
		return errors.New("an origin is a scheme and a host, such as https://news.example")
	}
	host := u.Hostname()
	switch {
	case u.Scheme != "https" && u.Scheme != "http":
		return errors.New("the scheme of an origin must be https")
	case u.Scheme == "http" && !isLocal(host):
		return errors.New("the scheme of an origin must be https; http is for localhost only, because anybody on the way can change its pages")
	case u.User != nil, strings.TrimPrefix(text, u.Scheme+"://") != u.Host:
		return errors.New("an origin ends after its host and port; leave out what follows")
	case strings.ToLower(text) != text || strings.Trim(host, hostCharacters) != "" || strings.HasSuffix(host, "."):
		return errors.New("browsers send hosts in small letters of ASCII, such as xn--bcher-kva.example for bücher.example")
	case !isPort(u.Port(), u.Scheme) || strings.HasSuffix(u.Host, ":"):
		return errors.New("the port must be from 1 to 65535, and left out where it is that of the scheme, as browsers do")
	}
	return nil
}

const hostCharacters = "abcdefghijklmnopqrstuvwxyz0123456789-.:"

// isLocal reports whether a host is this machine.
func isLocal(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || err == nil && addr.IsLoopback()
}

// isPort reports whether browsers write a port behind a scheme like this.
func isPort(port, scheme string) bool {
	if port == "" {
		return true
	}
	n, err := strconv.ParseUint(port, 10, 16)
	isDefault := scheme == "https" && n == 443 || scheme == "http" && n == 80
	return err == nil && n > 0 && !isDefault && strconv.FormatUint(n, 10) == port
}
