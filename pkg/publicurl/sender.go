package publicurl

import (
	"net/http"
	"net/netip"
	"slices"
)

// way is what trusted proxies say of the way of a request.
type way struct {
	sender  netip.Addr
	proxies int // trusted proxies on the way, at least the one that the request came from
	outer   hop // what the outermost trusted proxy wrote, from Forwarded
	differ  bool
}

// isTrusted reports whether addr is that of a proxy whose headers are believed.
func (r *Resolver) isTrusted(addr netip.Addr) bool {
	return slices.ContainsFunc(r.trusted, func(network netip.Prefix) bool { return network.Contains(addr) })
}

// wayOf returns the way of a request that came from a trusted proxy. A client can
// write both headers itself, and a proxy that writes only one passes on the other.
// What both agree on, or the only one says, was written by the proxy. Where they
// differ, the sender is the proxy: nobody can choose the address that is counted.
func (r *Resolver) wayOf(peer netip.Addr, h http.Header) way {
	list, listed := r.walk(peer, hopsOfList(h))
	elements, named := r.walk(peer, hopsOfForwarded(h))
	switch {
	case !named:
		list.outer = elements.outer
		return list
	case !listed:
		return elements
	case list.sender != elements.sender:
		return way{sender: peer, proxies: 1, differ: true}
	}
	list.outer = elements.outer
	return list
}

// walk follows hops from the nearest to the first sender that is no trusted proxy,
// and reports whether the nearest proxy named one. It steps over hops whose sender
// is hidden: the hop before says more. It stops at text that is no address.
func (r *Resolver) walk(peer netip.Addr, hops []hop) (w way, named bool) {
	w = way{sender: peer, proxies: 1}
	for i, one := range slices.Backward(hops) {
		if i == len(hops)-1 {
			w.outer = one
			named = !one.unnamed
		}
		if one.hidden {
			continue
		}
		if !one.sender.IsValid() {
			break
		}
		w.sender, w.outer = one.sender, one
		if !r.isTrusted(one.sender) {
			break
		}
		w.proxies++
	}
	return w, named
}
