package app

import (
	"net/http"
	"net/netip"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/pkg/site"
)

// Headers in which a trusted proxy says what it received.
const (
	forwardedFor   = "X-Forwarded-For"   // by whom the request was sent
	forwardedProto = "X-Forwarded-Proto" // by which scheme
)

// forwarded returns a handler that reads the headers of trusted proxies. The engine
// then finds the sender, and pages the scheme, by which the proxy was reached.
func forwarded(trusted []netip.Prefix) gin.HandlerFunc {
	return func(c *gin.Context) {
		lines := c.Request.Header[forwardedFor]
		for i, line := range lines {
			lines[i] = plainHops(line)
		}
		scheme, _, _ := strings.Cut(c.GetHeader(forwardedProto), ",")
		if strings.EqualFold(strings.TrimSpace(scheme), "https") && comesFrom(c.Request, trusted) {
			c.Request = site.OverHTTPS(c.Request)
		}
	}
}

// comesFrom reports whether a request was sent from an address in one of the
// networks.
func comesFrom(r *http.Request, networks []netip.Prefix) bool {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return false
	}
	addr := from.Addr().Unmap().WithZone("")
	for _, network := range networks {
		if network.Contains(addr) {
			return true
		}
	}
	return false
}

// plainHops returns a list of hops without what some proxies write around the
// addresses: ports, brackets and quotes. It leaves out "unknown", which a proxy
// writes that hides from whom it has the request; the hop before says more.
func plainHops(line string) string {
	var hops []string
	for hop := range strings.SplitSeq(line, ",") {
		hop = strings.Trim(strings.TrimSpace(hop), `"`)
		if strings.EqualFold(hop, "unknown") {
			continue
		}
		if a, err := netip.ParseAddrPort(hop); err == nil {
			hop = a.Addr().String()
		} else if inner, ok := strings.CutPrefix(hop, "["); ok {
			hop = strings.TrimSuffix(inner, "]")
		}
		hops = append(hops, hop)
	}
	return strings.Join(hops, ", ")
}
