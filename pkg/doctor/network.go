package doctor

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
)

// checkAddresses reports addresses on which the server cannot listen.
func (e *exam) checkAddresses(ctx context.Context) {
	e.checkAddress(ctx, "OUTCRY_LISTEN", e.config.Listen)
	if e.config.MetricsListen != "" {
		e.checkAddress(ctx, "OUTCRY_METRICS_LISTEN", e.config.MetricsListen)
	}
}

func (e *exam) checkAddress(ctx context.Context, setting, address string) {
	check := "port of " + setting
	if e.isWrong(setting) {
		return // the settings say so already
	}
	err := e.Listen(address)
	switch {
	case err == nil:
		e.ok(check, "%s is free", address)
	case e.Answers(ctx, e.config.Listen):
		e.ok(check, "%s is in use, by an Outcry that runs", address)
	default:
		e.fault(check, fmt.Sprintf("cannot listen on %s: %v", address, err), "stop the program that uses it (ss -ltnp shows which), or set "+setting+" to another address; ports below 1024 need a right")
	}
}

// isWrong reports whether a setting is wrong.
func (e *exam) isWrong(setting string) bool {
	for _, err := range e.errs {
		if strings.HasPrefix(err.Error(), setting+":") {
			return true
		}
	}
	return false
}

const proxies = "proxies"

// The shortest prefixes that a list of trusted proxies should hold of public addresses.
const (
	narrow4 = 16
	narrow6 = 29
)

// checkProxies reports trusted networks that are too wide, and a server that is behind
// a proxy and trusts none.
func (e *exam) checkProxies(context.Context) {
	if e.isWrong("OUTCRY_TRUSTED_PROXIES") {
		return
	}
	before := len(e.findings)
	for _, p := range e.config.TrustedProxies {
		if isWide(p) {
			e.fault(proxies, fmt.Sprintf("OUTCRY_TRUSTED_PROXIES holds %s: everybody in it can report from made-up addresses", p),
				"list only the addresses of your proxies, such as 10.0.0.5 or 172.18.0.0/16")
		}
	}
	isSecure, behind := strings.HasPrefix(e.config.PublicURL, "https://"), isLoopback(e.config.Listen)
	if len(e.config.TrustedProxies) > 0 {
		e.sound(before, proxies, "%d addresses or networks are trusted", len(e.config.TrustedProxies))
		return
	}
	const do = "set OUTCRY_TRUSTED_PROXIES to the address from which your proxy connects, such as 127.0.0.1"
	switch {
	case isSecure:
		e.fault(proxies, "OUTCRY_PUBLIC_URL begins with https, so a proxy is in front, and OUTCRY_TRUSTED_PROXIES names none: all visitors count as one", do)
	case behind && e.config.PublicURL != "":
		e.fault(proxies, "OUTCRY_LISTEN is reached from this machine only, so a proxy is in front of OUTCRY_PUBLIC_URL, and OUTCRY_TRUSTED_PROXIES names none: all visitors count as one", do)
	case behind:
		e.warn(proxies, "OUTCRY_LISTEN is reached from this machine only; behind a proxy, all visitors count as one", do)
	default:
		e.ok(proxies, "none is trusted; visitors connect to OUTCRY_LISTEN themselves")
	}
}

// isWide reports whether a prefix holds addresses of many parties.
func isWide(p netip.Prefix) bool {
	switch {
	case p.Addr().IsLoopback():
		return false
	case p.Addr().Is4():
		for _, private := range []string{"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"} {
			if within(p, private) {
				return false
			}
		}
		return p.Bits() < narrow4
	}
	return !within(p, "fc00::/7") && p.Bits() < narrow6
}

// within reports whether p is a part of another prefix.
func within(p netip.Prefix, other string) bool {
	o := netip.MustParsePrefix(other)
	return p.Bits() >= o.Bits() && o.Contains(p.Addr())
}
