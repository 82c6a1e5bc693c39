package publicurl

import (
	"net/http"
	"net/netip"
	"strings"
)

// Headers in which proxies say what they received.
const (
	forwarded       = "Forwarded" // RFC 7239
	forwardedFor    = "X-Forwarded-For"
	forwardedProto  = "X-Forwarded-Proto"
	forwardedHost   = "X-Forwarded-Host"
	forwardedPrefix = "X-Forwarded-Prefix"
)

// hop is a step on the way of a request, as the proxy that it reached wrote it.
type hop struct {
	sender  netip.Addr // invalid if the text is no address
	hidden  bool       // the proxy does not say who the sender is
	unnamed bool       // the proxy wrote nothing about the sender
	proto   string
	host    string
}

// listOf returns the entries of a header, also of one with several lines. An entry
// ends at every comma: neither an address nor a host nor a scheme can have one, so
// that a quotation mark that a client left open hides no later entry.
func listOf(h http.Header, name string) []string {
	var all []string
	for _, line := range h[name] {
		for entry := range strings.SplitSeq(line, ",") {
			if entry = strings.TrimSpace(entry); entry != "" {
				all = append(all, entry)
			}
		}
	}
	return all
}

// hopsOfList returns the hops of X-Forwarded-For, the nearest last.
func hopsOfList(h http.Header) []hop {
	var all []hop
	for _, entry := range listOf(h, forwardedFor) {
		all = append(all, readSender(entry))
	}
	return all
}

// hopsOfForwarded returns the hops of Forwarded, the nearest last.
func hopsOfForwarded(h http.Header) []hop {
	var all []hop
	for _, entry := range listOf(h, forwarded) {
		all = append(all, readElement(entry))
	}
	return all
}

// readElement reads an element of Forwarded, such as for=192.0.2.1;proto=https. An
// element that has a parameter twice names no sender.
func readElement(entry string) hop {
	values := map[string]string{}
	for pair := range strings.SplitSeq(entry, ";") {
		name, value, _ := strings.Cut(pair, "=")
		name = strings.ToLower(strings.TrimSpace(name))
		if _, twice := values[name]; twice {
			return hop{}
		}
		values[name] = unquoted(value)
	}
	one := hop{unnamed: true}
	if sender, ok := values["for"]; ok {
		one = readSender(sender)
	}
	one.proto, one.host = values["proto"], values["host"]
	return one
}

// readSender reads the sender of a hop as proxies write it: with or without a
// port, brackets and quotation marks. RFC 7239 lets a proxy write "unknown" or a
// name that begins with "_" in place of an address.
func readSender(text string) hop {
	text = unquoted(text)
	name := text
	if i := strings.LastIndexByte(text, ':'); i >= 0 && strings.IndexByte(text, ':') == i {
		name = text[:i] // with a port, which may be a name that begins with "_" too
	} else if inner, ok := strings.CutPrefix(text, "["); ok {
		name, _, _ = strings.Cut(inner, "]")
	}
	if strings.EqualFold(name, "unknown") || strings.HasPrefix(name, "_") {
		return hop{hidden: true}
	}
	addr, err := netip.ParseAddr(name)
	if err != nil {
		return hop{}
	}
	return hop{sender: plainAddr(addr)}
}

// unquoted returns text without white space and quotation marks around it.
func unquoted(text string) string {
	text = strings.TrimSpace(text)
	if inner, ok := strings.CutPrefix(text, `"`); ok {
		text = strings.ReplaceAll(strings.TrimSuffix(inner, `"`), `\`, "")
	}
	return strings.TrimSpace(text)
}

// plainAddr returns an address as it is counted: without a zone, and as IPv4 if it
// is an IPv4 address in IPv6.
func plainAddr(addr netip.Addr) netip.Addr { return addr.Unmap().WithZone("") }
