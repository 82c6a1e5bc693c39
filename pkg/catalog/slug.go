package catalog

import "regexp"

var idPattern = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$`)

// idProblem describes what is wrong with a slug or another ID, and what to do about
// it. It returns "" for a good ID.
func idProblem(s string) string {
	if !idPattern.MatchString(s) {
		return "is not an ID; use 1 to 40 of a-z, 0-9 and -, with no - at the ends"
	}
	return ""
}

// pageSegments holds the first path segments of pages and files. The page of a
// service must not have one of these addresses.
var pageSegments = map[string]bool{
	"about": true, "admin": true, "api": true, "assets": true, "badge": true, "card": true,
	"developers": true, "embed": true, "events": true, "favicon.ico": true, "feed.atom": true, "healthz": true,
	"history": true, "incidents": true, "manifest.webmanifest": true, "mail": true, "map": true, "mcp": true, "method": true,
	"metrics": true, "oembed": true, "offline": true, "privacy": true, "readyz": true,
	"reports": true, "robots.txt": true, "search": true, "services": true, "sitemap.xml": true, "static": true,
	"sw.js":  true,
	"widget": true, "wish": true,
}

// Reserved reports whether no service may have this slug, because another page has
// or may get the address /{slug}. Any two letters may become the address of the
// pages in a language.
func Reserved(slug string) bool {
	return pageSegments[slug] || len(slug) == 2 && isLetter(slug[0]) && isLetter(slug[1])
}

func isLetter(c byte) bool { return 'a' <= c && c <= 'z' }
