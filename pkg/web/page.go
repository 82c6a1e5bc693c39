package web

import (
	"net/url"
	"time"

	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/locale"
)

// Frame is what every page has around its content.
type Frame struct {
	*locale.Locale
	Title       string
	Description string
	Path        string // of this page, below the prefix of the language
	Asked       string // query of this page that its other languages keep
	Prefix      string // "" where the browser's languages decide, else "/bn"
	Origin      string // scheme and host of the site, as far as configured
	Assets      Assets
	Date        string
	Simulated   bool
	Attribution string
	Index       bool   // search engines may list the page
	Query       string // in the search field
	Pictured    string // service whose picture stands beside links to the page, and which others may embed
	Others      []Language
	Visit       string // where a person's view of the page is counted; "" for nowhere
	Live        string // service whose events change the page; "*" for all; "" for none
}

// Language is another language of the same page.
type Language struct{ Code, Name string }

// To returns the address of a page in the language of this one.
func (f *Frame) To(path string) string { return address(f.Prefix, path) }

// In returns the address of this page in a fixed language.
func (f *Frame) In(code string) string { return address("/"+code, f.Path) + f.Asked }

// address joins the prefix of a language and a path.
func address(prefix, path string) string {
	if path == "/" && prefix != "" {
		return prefix
	}
	return prefix + path
}

// Choice is a link of a switch.
type Choice struct {
	Text   string
	Href   string
	Chosen bool
}

// frame returns the frame of the page at path.
func (s *Site) frame(v reader, path string, now time.Time) Frame {
	f := Frame{
		Locale: v.locale, Path: path, Prefix: v.prefix, Origin: s.PublicURL, Assets: s.assets,
		Date: v.locale.Date(now), Simulated: s.Simulated, Attribution: s.Attribution,
	}
	for _, other := range s.languages {
		if other != v.locale {
			f.Others = append(f.Others, Language{Code: other.Code, Name: other.Say("language_name")})
		}
	}
	return f
}

// Languages are the codes of all languages of the site.
func (f *Frame) Languages() []string { return locale.Codes() }

// labels names what the catalog holds in one language.
type labels struct {
	catalog *catalog.Catalog
	locale  *locale.Locale
}

func (n labels) service(slug string) string {
	if s, ok := n.catalog.Service(slug); ok {
		return s.Names.In(n.locale.Code)
	}
	return slug
}

func (n labels) symptom(id string) string {
	if s, ok := n.catalog.Symptom(id); ok {
		return s.Names.In(n.locale.Code)
	}
	return id
}

func (n labels) country(code string) string {
	if c, ok := n.catalog.Country(code); ok {
		return c.Names.In(n.locale.Code)
	}
	return code
}

// countryWithin names a country within a sentence.
func (n labels) countryWithin(code string) string {
	return n.locale.CountryInSentence(code, n.country(code))
}

func (n labels) category(id string) string {
	if c, ok := n.catalog.Category(id); ok {
		return c.Names.In(n.locale.Code)
	}
	return id
}

func (n labels) provider(id string) string {
	if p, ok := n.catalog.Provider(id); ok {
		return p.Names.In(n.locale.Code)
	}
	return id
}

// with returns path with a query that holds only what is not the default.
func with(path string, q url.Values, key, value string) string {
	next := url.Values{}
	for k, v := range q {
		next[k] = v
	}
	if value == "" {
		next.Del(key)
	} else {
		next.Set(key, value)
	}
	if len(next) == 0 {
		return path
	}
	return path + "?" + next.Encode()
}
