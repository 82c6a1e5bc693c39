package publicurl

import (
	"net/http"
	"net/netip"
)

// namesSender reports whether headers say that a proxy passed on the request.
func namesSender(h http.Header) bool {
	return len(h[forwardedFor]) > 0 || len(h[forwarded]) > 0
}

// warnUntrusted logs, once, that a request has headers of a proxy that is not
// trusted. Only the address of a machine nearby is logged: any other may be that of
// a person.
func (r *Resolver) warnUntrusted(peer netip.Addr, h http.Header) {
	nearby := peer.IsLoopback() || peer.IsPrivate()
	if !namesSender(h) || len(r.trusted) > 0 && !nearby {
		return
	}
	r.untrusted.Do(func() {
		if !nearby {
			r.log.Warn("a request has the headers of a proxy, and no proxy is trusted: X-Forwarded-For and Forwarded are ignored; if visitors come through a proxy, all of them count as one sender until OUTCRY_TRUSTED_PROXIES lists its address")
			return
		}
		r.log.Warn("a request comes from a proxy that is not trusted: its X-Forwarded-For and Forwarded are ignored, and all visitors count as one sender; set OUTCRY_TRUSTED_PROXIES to the address of the proxy",
			"proxy", peer.String())
	})
}

// warnConflict logs, once, that a trusted proxy passed on two headers that differ.
func (r *Resolver) warnConflict() {
	r.conflicting.Do(func() {
		r.log.Warn("X-Forwarded-For and Forwarded of a trusted proxy name different senders, so the request counts for the proxy: one of them was written by the client; let the proxy remove the header that it does not write (nginx: proxy_set_header Forwarded \"\")")
	})
}
