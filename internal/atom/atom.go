// Package atom checks feeds against RFC 4287, for tests. It knows every element
// and attribute that the RFC defines, and refuses all others.
package atom

import (
	"encoding/xml"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

// namespace is that of every element of a feed.
const namespace = "http://www.w3.org/2005/Atom"

// Element is an element of a feed.
type Element struct {
	XMLName  xml.Name
	Attrs    []xml.Attr `xml:",any,attr"`
	Text     string     `xml:",chardata"`
	Children []Element  `xml:",any"`
}

// Attr returns an attribute, or "" if the element has none of this name.
func (e Element) Attr(name string) string {
	for _, a := range e.Attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// All returns the children with a name.
func (e Element) All(name string) (all []Element) {
	for _, c := range e.Children {
		if c.XMLName.Local == name {
			all = append(all, c)
		}
	}
	return all
}

// Get returns the text of the first child with a name.
func (e Element) Get(name string) string {
	for _, c := range e.All(name) {
		return c.Text
	}
	return ""
}

// count bounds how many children of a name an element has; most 0 is any number.
type count struct{ least, most int }

// Children of the elements, by sections 4.1 and 4.2 of the RFC.
var (
	feedChildren = map[string]count{"author": {0, 0}, "category": {0, 0}, "contributor": {0, 0}, "generator": {0, 1}, "icon": {0, 1}, "id": {1, 1},
		"link": {0, 0}, "logo": {0, 1}, "rights": {0, 1}, "subtitle": {0, 1}, "title": {1, 1}, "updated": {1, 1}, "entry": {0, 0}}
	entryChildren = map[string]count{"author": {0, 0}, "category": {0, 0}, "content": {0, 1}, "contributor": {0, 0}, "id": {1, 1}, "link": {0, 0},
		"published": {0, 1}, "rights": {0, 1}, "source": {0, 1}, "summary": {0, 1}, "title": {1, 1}, "updated": {1, 1}}
	personChildren = map[string]count{"name": {1, 1}, "uri": {0, 1}, "email": {0, 1}}
	attributes     = map[string][]string{"link": {"href", "rel", "type", "hreflang", "title", "length"}, "category": {"term", "scheme", "label"},
		"generator": {"uri", "version"}, "title": {"type"}, "subtitle": {"type"}, "summary": {"type"}, "rights": {"type"}, "content": {"type", "src"}}
	// A date has capitals for T and Z (section 3.3).
	date  = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$`)
	media = regexp.MustCompile(`^[^/\s]+/[^/\s]+$`)
	lang  = regexp.MustCompile(`^[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*$`)
)

// Check returns the feed in text, and what is wrong with it.
func Check(text []byte) (feed Element, faults []string) {
	if err := xml.Unmarshal(text, &feed); err != nil {
		return feed, []string{"is not XML: " + err.Error()}
	}
	c := &checker{}
	if feed.XMLName.Local != "feed" {
		c.fault("the document is a %s, not a feed", feed.XMLName.Local)
	}
	c.element(feed, feedChildren)
	seen := map[string]bool{}
	for _, entry := range feed.All("entry") {
		c.element(entry, entryChildren)
		key := entry.Get("id") + " " + entry.Get("updated")
		if seen[key] {
			c.fault("two entries have the ID and time %s", key)
		}
		seen[key] = true
		if len(entry.All("author")) == 0 && len(feed.All("author")) == 0 {
			c.fault("the entry %s has no author, nor has the feed", entry.Get("id"))
		}
		if content := entry.All("content"); len(content) == 0 && !slices.ContainsFunc(entry.All("link"), isAlternate) {
			c.fault("the entry %s has neither content nor an alternate link", entry.Get("id"))
		}
	}
	if !slices.ContainsFunc(feed.All("link"), func(l Element) bool { return l.Attr("rel") == "self" }) {
		c.fault("the feed has no link to itself")
	}
	return feed, c.faults
}

func isAlternate(link Element) bool {
	return link.Attr("rel") == "alternate" || link.Attr("rel") == ""
}

// checker collects faults.
type checker struct{ faults []string }

func (c *checker) fault(format string, args ...any) {
	c.faults = append(c.faults, fmt.Sprintf(format, args...))
}

// element checks the children of e.
func (c *checker) element(e Element, allowed map[string]count) {
	name := e.XMLName.Local
	if strings.TrimSpace(e.Text) != "" {
		c.fault("%s holds the text %q", name, e.Text)
	}
	counts := map[string]int{}
	alternates := map[string]bool{}
	for _, child := range e.Children {
		local := child.XMLName.Local
		counts[local]++
		if child.XMLName.Space != namespace {
			c.fault("%s is in the namespace %q", local, child.XMLName.Space)
		}
		if _, ok := allowed[local]; !ok {
			c.fault("%s holds %s, which it may not", name, local)
		}
		c.attributes(child)
		c.value(child)
		if key := child.Attr("type") + " " + child.Attr("hreflang"); local == "link" && isAlternate(child) {
			if alternates[key] {
				c.fault("%s has two alternate links of type and language %s", name, key)
			}
			alternates[key] = true
		}
	}
	for child, n := range allowed {
		if counts[child] < n.least || n.most > 0 && counts[child] > n.most {
			c.fault("%s has %d of %s, want at least %d and at most %d (0: any number)", name, counts[child], child, n.least, n.most)
		}
	}
	c.attributes(e)
}

// attributes checks the attributes of e.
func (c *checker) attributes(e Element) {
	for _, a := range e.Attrs {
		switch {
		case a.Name.Local == "xmlns":
		case a.Name.Local == "lang" || a.Name.Local == "hreflang":
			if !lang.MatchString(a.Value) {
				c.fault("%s has the language %q", e.XMLName.Local, a.Value)
			}
		case !slices.Contains(attributes[e.XMLName.Local], a.Name.Local):
			c.fault("%s has the attribute %s", e.XMLName.Local, a.Name.Local)
		}
	}
}

// value checks what a child holds by its name.
func (c *checker) value(e Element) {
	name, text := e.XMLName.Local, e.Text
	switch name {
	case "entry", "source":
		return
	case "author", "contributor":
		c.element(e, personChildren)
		return
	case "link":
		c.iri(name, e.Attr("href"))
		if kind := e.Attr("type"); kind != "" && !media.MatchString(kind) {
			c.fault("a link has the type %q", kind)
		}
	case "category":
		if e.Attr("term") == "" {
			c.fault("a category has no term")
		}
		if scheme := e.Attr("scheme"); scheme != "" {
			c.iri(name, scheme)
		}
	case "id", "icon", "logo", "uri":
		c.iri(name, text)
	case "updated", "published":
		if _, err := time.Parse(time.RFC3339, text); err != nil || !date.MatchString(text) {
			c.fault("%s is %q, not a time of RFC 3339 in capitals", name, text)
		}
	case "title", "summary", "subtitle", "rights", "content":
		if kind := e.Attr("type"); kind != "" && kind != "text" && kind != "html" {
			c.fault("%s has the type %q", name, kind)
		}
		if name == "title" && strings.TrimSpace(text) == "" {
			c.fault("a title is empty")
		}
	}
	if len(e.Children) > 0 {
		c.fault("%s has elements in it", name)
	}
}

// iri checks an address, which must be absolute: these feeds have no xml:base.
func (c *checker) iri(name, text string) {
	u, err := url.Parse(text)
	if err != nil || !u.IsAbs() || u.Host == "" && u.Opaque == "" || strings.TrimSpace(text) != text {
		c.fault("%s is %q, not an absolute address", name, text)
	}
}
