package httpapi

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/pkg/apikey"
	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/ingest"
)

// caller is who posts.
type caller struct {
	addr   netip.Addr
	origin string       // of the page of others that posts; empty without
	key    *archive.Key // nil without
}

// caller finds out who posts, and refuses a page of others whose origin is not
// registered to the key it brings.
func (a *API) caller(c *gin.Context) (caller, error) {
	who := caller{addr: a.address(c)}
	if header := c.Request.Header.Get("Authorization"); header != "" {
		scheme, secret, _ := strings.Cut(header, " ")
		if !strings.EqualFold(scheme, "Bearer") {
			return who, fault.New(fault.Unauthorized, "the header Authorization must be: Bearer KEY")
		}
		key, err := a.keys.lookUp(c.Request.Context(), strings.TrimSpace(secret), a.Now())
		if err != nil {
			return who, err
		}
		who.key = &key
	}
	if a.crossOrigin.Check(c.Request) == nil {
		return who, nil
	}
	who.origin = c.Request.Header.Get("Origin")
	if who.origin == "" || who.key == nil || !slices.Contains(who.key.Origins, who.origin) {
		return who, fault.New(fault.Forbidden, "a web page may post from its own server's origin, or with a key that its origin is registered to")
	}
	c.Header("Access-Control-Allow-Origin", who.origin)
	c.Header("Access-Control-Expose-Headers", exposed[0])
	c.Writer.Header().Add("Vary", "Origin")
	return who, nil
}

// trusted tells whether the caller's key is secret, so that it may speak for
// others.
func (w caller) trusted() bool {
	return w.key != nil && (apikey.Scope(w.key.Scope) == apikey.Server || apikey.Scope(w.key.Scope) == apikey.Admin)
}

// sender is the caller as the source of a report. Whoever speaks for others
// without saying for whom is one source; so are the readers of one page of
// others.
func (w caller) sender() ingest.Sender {
	if w.trusted() {
		return ingest.Sender{Source: "key:" + w.key.ID, Trusted: true, Exempt: true}
	}
	from := ingest.Sender{Addr: w.addr}
	if w.origin != "" {
		from.Source = "origin:" + w.origin
	}
	return from
}

// address returns the address that a request comes from, as far as trusted
// proxies tell.
func (a *API) address(c *gin.Context) netip.Addr {
	if a.Proxied {
		addr, err := netip.ParseAddr(c.ClientIP())
		if err != nil {
			return netip.Addr{}
		}
		return addr.Unmap()
	}
	peer, err := netip.ParseAddrPort(c.Request.RemoteAddr)
	if err != nil {
		return netip.Addr{} // a Unix socket, whose clients nobody can tell apart
	}
	return peer.Addr().Unmap()
}
