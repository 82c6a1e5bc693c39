package publicurl

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"sync"
)

// Options are the settings of a Resolver.
type Options struct {
	// Public is OUTCRY_PUBLIC_URL. If it is empty, each request says where its
	// sender reaches the server.
	Public string
	// Trusted are the networks of the proxies whose headers are believed.
	Trusted []netip.Prefix
	// IsPage reports whether the server has pages below the path /{segment}. The
	// public URL must not begin with one: nobody could tell whether a proxy takes
	// the path of the public URL away before it passes on a request.
	IsPage func(segment string) bool
	Log    *slog.Logger
}

// Resolver finds out where the sender of a request reaches the server, and from
// which address it was sent.
type Resolver struct {
	public  URL // the zero URL: that of each request
	fixed   bool
	trusted []netip.Prefix
	isPage  func(string) bool
	log     *slog.Logger

	untrusted, conflicting sync.Once // what is logged once
}

// NewResolver returns a Resolver. It returns an error if the public URL cannot be
// one.
func NewResolver(o Options) (*Resolver, error) {
	r := &Resolver{trusted: o.Trusted, isPage: o.IsPage, log: o.Log, fixed: o.Public != ""}
	if r.fixed {
		var err error
		if r.public, err = Parse(o.Public); err != nil {
			return nil, fmt.Errorf("OUTCRY_PUBLIC_URL: %w", err)
		}
		if r.collides(r.public.Base) {
			return nil, fmt.Errorf("OUTCRY_PUBLIC_URL: the path %s begins like an address of a page of the site; choose another path, such as /outcry", r.public.Base)
		}
	}
	return r, nil
}

// Handler returns a handler that resolves each request before next handles it:
// RemoteAddr is the sender, Host the public host, URL.Path the path below the
// public URL, and Of returns the public URL.
func (r *Resolver) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		next.ServeHTTP(w, r.Resolve(req))
	})
}

// Resolve returns req as handlers see it.
func (r *Resolver) Resolve(req *http.Request) *http.Request {
	own, host, proxied := Of(req), req.Host, false
	var sender netip.Addr
	if peer, err := netip.ParseAddrPort(req.RemoteAddr); err == nil {
		addr := plainAddr(peer.Addr())
		if proxied = r.isTrusted(addr); proxied {
			w := r.wayOf(addr, req.Header)
			if w.differ {
				r.warnConflict()
			}
			sender = w.sender
			own, host = fromProxy(req, w)
		} else {
			r.warnUntrusted(addr, req.Header)
		}
	}
	if proxied && !r.fixed {
		own.Base = prefixOf(req.Header)
	}
	if r.fixed {
		own = r.public
	}
	resolved := With(req, own)
	resolved.Host = host
	if sender.IsValid() {
		resolved.RemoteAddr = netip.AddrPortFrom(sender, 0).String()
	}
	if own.Base != "" && !r.collides(own.Base) {
		strip(resolved, own.Base)
	}
	return resolved
}

// collides reports whether a path begins like the address of a page.
func (r *Resolver) collides(base string) bool {
	first, _, _ := strings.Cut(strings.TrimPrefix(base, "/"), "/")
	return first != "" && r.isPage != nil && r.isPage(first)
}

// strip takes base away from the path of a request, if the proxy has not done so.
func strip(req *http.Request, base string) {
	rest, ok := strings.CutPrefix(req.URL.Path, base)
	if !ok || rest != "" && rest[0] != '/' {
		return
	}
	below := *req.URL
	below.Path = "/" + strings.TrimPrefix(rest, "/")
	// A base has no character that is escaped.
	if raw, ok := strings.CutPrefix(below.RawPath, base); ok {
		below.RawPath = raw
	} else {
		below.RawPath = ""
	}
	req.URL = &below
}

// fromProxy returns where the sender of a request reached the outermost trusted
// proxy, and the name of its host.
func fromProxy(req *http.Request, w way) (URL, string) {
	scheme, host := "http", req.Host
	if req.TLS != nil {
		scheme = "https"
	}
	proto := w.outer.proto
	if list := listOf(req.Header, forwardedProto); len(list) > 0 {
		proto = list[0]
	}
	switch proto = strings.ToLower(unquoted(proto)); proto {
	case "http", "https":
		scheme = proto
	case "wss":
		scheme = "https"
	}
	named := w.outer.host
	if list := listOf(req.Header, forwardedHost); len(list) > 0 {
		// Every proxy that adds to the list adds one. What is before was written by
		// the client.
		named = unquoted(list[max(len(list)-w.proxies, 0)])
	}
	if named != "" && validHost(named) {
		host = named
	}
	return fromHost(scheme, host), host
}

// prefixOf returns the path that a trusted proxy took away.
func prefixOf(h http.Header) string {
	list := listOf(h, forwardedPrefix)
	if len(list) == 0 {
		return ""
	}
	if base := strings.TrimSuffix(list[0], "/"); validBase(base) {
		return base
	}
	return ""
}
