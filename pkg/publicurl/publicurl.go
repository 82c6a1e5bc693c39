// Package publicurl finds under which scheme, host and path visitors reach the
// server, and which address a request comes from. It is the only package that
// reads OUTCRY_PUBLIC_URL and the headers of proxies; every address of the site
// is made from its URL and Prefix.
//
// A Resolver reads each request once. It takes the path of the public URL away
// from the path of the request, so that routes are the same at every path, and
// notes the URL for the handlers, which read it with Of.
package publicurl

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// URL is where visitors reach the server.
type URL struct {
	Origin string // scheme and host, such as https://example.org; empty if a request names no host
	Base   string // path that all addresses begin with, such as /outcry; empty for the root
}

// basePath matches paths that the site may be below.
var basePath = regexp.MustCompile(`^(/[A-Za-z0-9._~-]+)+$`)

// maxBase bounds the length of a Base.
const maxBase = 200

// Parse reads a URL such as https://example.org/outcry/, with or without the slash
// at its end.
func Parse(text string) (URL, error) {
	u, err := url.Parse(text)
	if err != nil {
		return URL{}, err
	}
	base := strings.TrimSuffix(u.Path, "/")
	switch {
	case u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || !validHost(u.Host):
		return URL{}, fmt.Errorf("%q is not a URL such as https://outcry.example or https://example.org/outcry/", text)
	case u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || u.RawPath != "":
		return URL{}, fmt.Errorf("%q has more than scheme, host and path", text)
	case !validBase(base):
		return URL{}, fmt.Errorf("the path of %q may have letters, digits and . _ ~ - only", text)
	}
	return URL{Origin: u.Scheme + "://" + plainHost(u.Host, u.Scheme), Base: base}, nil
}

// validBase reports whether base is empty or a plain path without a slash at its
// end.
func validBase(base string) bool {
	if base == "" {
		return true
	}
	if len(base) > maxBase || !basePath.MatchString(base) {
		return false
	}
	for part := range strings.SplitSeq(base, "/") {
		if part == "." || part == ".." {
			return false
		}
	}
	return true
}

// String returns the URL without a slash at its end.
func (u URL) String() string { return u.Origin + u.Base }

// To returns the complete address of a path of the server.
func (u URL) To(path string) string { return u.Origin + u.Base + path }

// Host returns the host with its port, unless that is the one of the scheme.
func (u URL) Host() string {
	_, host, _ := strings.Cut(u.Origin, "://")
	return host
}

// In returns the prefix of pages whose address fixes the language with this code.
// An empty code leaves the language to the browser.
func (u URL) In(code string) Prefix {
	p := Prefix{Base: u.Base}
	if code != "" {
		p.Language = "/" + code
	}
	return p
}

// Prefix begins the paths of the pages that one reader is shown.
type Prefix struct {
	Base     string // of the URL
	Language string // such as /bn; empty if the browser's languages decide
}

// To returns the path of a page in the language of p.
func (p Prefix) To(path string) string {
	if path == "/" && p.Language != "" {
		return p.Base + p.Language
	}
	return p.Base + p.Language + path
}

// In returns the prefix of the same pages in the language with this code.
func (p Prefix) In(code string) Prefix { return Prefix{Base: p.Base, Language: "/" + code} }

// Below returns the path of something that is the same in all languages.
func (p Prefix) Below(path string) string { return p.Base + path }

// key is the key of the URL in the context of a request.
type key struct{}

// With returns r with a note that visitors reach the server at u.
func With(r *http.Request, u URL) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), key{}, u))
}

// Of returns where the sender of r reaches the server. Without a note of With it
// is what r itself says.
func Of(r *http.Request) URL {
	if u, ok := r.Context().Value(key{}).(URL); ok {
		return u
	}
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return fromHost(scheme, r.Host)
}

// fromHost returns the URL at the root of a host. It has no origin if host cannot
// be one.
func fromHost(scheme, host string) URL {
	if !validHost(host) {
		return URL{}
	}
	return URL{Origin: scheme + "://" + plainHost(host, scheme)}
}

// hostName matches the hosts that addresses are made of.
var hostName = regexp.MustCompile(`^([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?$`)

// validHost reports whether host is a name or an address with or without a port.
func validHost(host string) bool { return len(host) <= 260 && hostName.MatchString(host) }

// plainHost returns a host in small letters, and without the port that its scheme
// has by default.
func plainHost(host, scheme string) string {
	host = strings.ToLower(host)
	port := ":80"
	if scheme == "https" {
		port = ":443"
	}
	return strings.TrimSuffix(host, port)
}
