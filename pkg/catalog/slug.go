package catalog

import "regexp"

var idPattern = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$`)

// badID says what is wrong with a slug or another ID, and what to do, or nothing.
func badID(s string) string {
	if !idPattern.MatchString(s) {
		return "is not an ID; use 1 to 40 of a-z, 0-9 and -, with no - at the ends"
	}
	return ""
}

// reserved holds the first segments of addresses that belong to pages and files,
// where a service's page would otherwise be.
var reserved = map[string]bool{
	"about": true, "api": true, "assets": true, "badge": true, "card": true,
	"developers": true, "embed": true, "events": true, "healthz": true,
	"history": true, "incidents": true, "map": true, "method": true,
	"metrics": true, "oembed": true, "privacy": true, "readyz": true,
	"reports": true, "search": true, "services": true, "static": true,
	"widget": true,
}

// Reserved reports whether no service may have this slug, because the address
// /{slug} is, or may become, something else. Any two letters may become the pages
// of a language.
func Reserved(slug string) bool {
	return reserved[slug] || len(slug) == 2 && isLetter(slug[0]) && isLetter(slug[1])
}

func isLetter(c byte) bool { return 'a' <= c && c <= 'z' }
