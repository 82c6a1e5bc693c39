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

// caller is who makes a call.
type caller struct {
	addr   netip.Addr
	origin string       // of the third-party page that posts; empty otherwise
	key    *archive.Key // nil without a key
}

// identify returns who makes a call. It refuses third-party pages whose origin is
// not registered to their key.
func (a *API) identify(c *gin.Context) (caller, error) {
	who := caller{addr: address(c)}
	if header := c.Request.Header.Get("Authorization"); header != "" {
		scheme, secret, _ := strings.Cut(header, " ")
		if !strings.EqualFold(scheme, "Bearer") {
			return who, fault.New(fault.Unauthorized, "the header Authorization must be: Bearer KEY")
		}
		key, err := a.keys.lookUp(c.Request.Context(), strings.TrimSpace(secret), who.addr, a.Now())
		if err != nil {
			return who, err
		}
		who.key = &key
	}
	if a.CheckOrigin(c.Request) == nil {
		return who, nil
	}
	who.origin = c.Request.Header.Get("Origin")
	if who.origin == "" || who.key == nil || !slices.Contains(who.key.Origins, who.origin) || apikey.CheckOrigin(who.origin) != nil {
		return who, fault.New(fault.Forbidden, "a web page may post from its own server's origin, or with a key that its origin is registered to")
	}
	c.Header("Access-Control-Allow-Origin", who.origin)
	c.Header("Access-Control-Expose-Headers", exposedHeaders[0])
	c.Writer.Header().Add("Vary", "Origin")
	return who, nil
}

// identifyKey returns who makes a call that needs a key.
func (a *API) identifyKey(c *gin.Context) (caller, error) {
	who, err := a.identify(c)
	if err == nil && who.key == nil {
		err = fault.New(fault.Unauthorized, "this call takes a key: Authorization: Bearer KEY")
	}
	return who, err
}

// keyID returns the ID of the caller's key, or "" without one.
func (w caller) keyID() string {
	if w.key == nil {
		return ""
	}
	return w.key.ID
}

// trusted reports whether the caller's key is secret. Such a caller may report
// for other people.
func (w caller) trusted() bool {
	return w.key != nil && (apikey.Scope(w.key.Scope) == apikey.Server || apikey.Scope(w.key.Scope) == apikey.Admin)
}

// sender returns the caller as the sender of a report. A secret key is one source
// for all reports that it does not attribute to an address. So is a third-party
// page for the reports of its readers.
func (w caller) sender() ingest.Sender {
	if w.trusted() {
		return ingest.Sender{Source: "key:" + w.key.ID, Trusted: true, Exempt: true, HasKey: true, Via: ingest.ViaServerKey}
	}
	from := ingest.Sender{Addr: w.addr, HasKey: w.key != nil}
	switch {
	case w.origin != "":
		from.Source, from.Via = "origin:"+w.origin, ingest.ViaHostPage
	case w.key != nil:
		from.Via = ingest.ViaAppKey
	}
	return from
}

// address returns the address that a request comes from, as publicurl.Resolver has
// found it.
func address(c *gin.Context) netip.Addr {
	peer, err := netip.ParseAddrPort(c.Request.RemoteAddr)
	if err != nil {
		return netip.Addr{} // a Unix socket, whose clients have no addresses
	}
	return peer.Addr().Unmap()
}
