package site

import (
	"net/http"
	"net/netip"
	"strings"

	"github.com/outcry/outcry/pkg/locale"
	"github.com/outcry/outcry/pkg/publicurl"
)

// Reader is the person that a page or an embed is made for.
type Reader struct {
	Locale *locale.Locale
	Home   publicurl.URL    // where the reader reaches the site
	Prefix publicurl.Prefix // of the pages for the reader
}

// Reader returns the reader of a request: in the language with this code or,
// if code is empty, in the one that the browser prefers. In the second case the
// answer varies with the request, and Reader says so in its headers.
func (s *Site) Reader(w http.ResponseWriter, r *http.Request, code string) Reader {
	home := publicurl.Of(r)
	if code != "" {
		l := s.Languages.Match(code)
		return Reader{l, home, home.In(l.Code)}
	}
	w.Header().Set("Vary", "Accept-Language")
	return Reader{s.Languages.Match(r.Header.Get("Accept-Language")), home, home.In("")}
}

// CheckOrigin returns an error for a request that a browser sends for another
// site.
func (s *Site) CheckOrigin(r *http.Request) error { return s.origins.Check(r) }

// maxSearch bounds what somebody searches for, in bytes.
const maxSearch = 100

// CleanSearch returns what somebody searches for as short valid text.
func CleanSearch(query string) string {
	query = strings.TrimSpace(strings.ToValidUTF8(query, ""))
	if len(query) > maxSearch {
		query = strings.ToValidUTF8(query[:maxSearch], "")
	}
	return query
}

// Addr returns the address of a client, or the zero Addr for text that is none.
func Addr(clientIP string) netip.Addr {
	addr, err := netip.ParseAddr(clientIP)
	if err != nil {
		return netip.Addr{}
	}
	return addr
}
