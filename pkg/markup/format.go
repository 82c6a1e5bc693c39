package markup

import (
	"strings"
	"unicode/utf8"
)

const (
	width    = 120 // columns of a line
	tabWidth = 4
)

// Format lays out the source of a template: an element that does not fit on a
// line, or holds several, stands on lines of its own, and what it holds is
// indented by a tab. A tag that does not fit has one attribute a line. Trim
// returns the same for the result as for source.
func Format(source string) string {
	var p printer
	for i, n := range parseTree(source) {
		if i > 0 {
			p.line(0)
			if n.isBlock() && keyword(n.branches[0].start.source) == "define" && !p.afterComment {
				p.line(0)
			}
		}
		p.unit([]node{n}, 0)
		p.afterComment = n.leaf.kind == action && strings.Contains(n.leaf.source, "/*")
	}
	p.line(0)
	return p.String()
}

type printer struct {
	strings.Builder
	column       int
	afterComment bool
}

func (p *printer) write(s string) {
	p.WriteString(s)
	if i := strings.LastIndexByte(s, '\n'); i >= 0 {
		p.column, s = 0, s[i+1:]
	}
	p.column += utf8.RuneCountInString(s)
}

// line starts a line.
func (p *printer) line(indent int) {
	p.write("\n" + strings.Repeat("\t", indent))
	p.column = indent * tabWidth
}

// unit writes nodes between which no line may break.
func (p *printer) unit(nodes []node, indent int) {
	if p.fits(nodes...) {
		for _, n := range nodes {
			p.write(flat(n))
		}
		return
	}
	for _, n := range nodes {
		if len(n.branches) == 0 && n.leaf.kind == tag {
			p.tag(n.leaf.source, indent)
		} else if len(n.branches) == 0 || p.fits(n) {
			p.write(flat(n))
		} else {
			p.broken(n, indent)
		}
	}
}

// broken writes an element or a control block on several lines.
func (p *printer) broken(n node, indent int) {
	for _, b := range n.branches {
		if b.start.kind == tag {
			p.tag(b.start.source, indent)
		} else {
			p.write(b.start.source)
		}
		for i, nodes := range units(b.children) {
			if i > 0 || !startsWithSpace(nodes[0]) {
				p.line(indent + 1)
			}
			p.unit(nodes, indent+1)
		}
		if c := b.children; len(c) > 0 && !endsWithSpace(c[len(c)-1]) {
			p.line(indent)
		}
	}
	p.write(n.end)
}

// tag writes a tag, on several lines when it does not fit on one.
func (p *printer) tag(source string, indent int) {
	attributes, end := divideTag(source)
	if p.column+utf8.RuneCountInString(source) <= width || len(attributes) < 2 {
		p.write(source)
		return
	}
	p.write(attributes[0])
	for _, a := range attributes[1:] {
		p.line(indent + 1)
		p.write(a)
	}
	p.line(indent)
	p.write(end)
}

// fits reports whether nodes may stand on the rest of the line.
func (p *printer) fits(nodes ...node) bool {
	length := 0
	for _, n := range nodes {
		if mustBreak(n) {
			return false
		}
		s := flat(n)
		if i := strings.IndexByte(s, '\n'); i >= 0 {
			s = s[:i] // verbatim: its lines are not ours to break
		}
		length += utf8.RuneCountInString(s)
	}
	return p.column+length <= width
}

// flat returns a node on one line.
func flat(n node) string {
	if len(n.branches) == 0 {
		return trimLeaf(n.leaf)
	}
	var b strings.Builder
	for _, branch := range n.branches {
		b.WriteString(trimLeaf(branch.start))
		for _, c := range branch.children {
			b.WriteString(flat(c))
		}
	}
	return b.String() + n.end
}

func trimLeaf(t token) string {
	if t.kind == tag {
		return trimTag(t.source)
	}
	return t.source
}

// units divides the children of a node where a line may break: everywhere but
// beside a space, beside what <pre> and the like hold, and between a text and a
// value.
func units(children []node) [][]node {
	var all [][]node
	for i, n := range children {
		if i > 0 && (startsWithSpace(n) || endsWithSpace(children[i-1]) || n.isText() && children[i-1].isValue() || n.isValue() && children[i-1].isText()) {
			all[len(all)-1] = append(all[len(all)-1], n)
		} else {
			all = append(all, []node{n})
		}
	}
	return all
}

func startsWithSpace(n node) bool {
	return n.isText() && strings.IndexByte(space, n.leaf.source[0]) >= 0 || n.keepsSpace()
}

func endsWithSpace(n node) bool {
	return n.isText() && strings.IndexByte(space, n.leaf.source[len(n.leaf.source)-1]) >= 0 || n.keepsSpace()
}

// mustBreak reports whether a node takes several lines even where one would do:
// because it has several pieces and some are markup, or holds an element that
// is a block on a page.
func mustBreak(n node) bool {
	if n.isBlock() && keyword(n.branches[0].start.source) == "define" {
		return true
	}
	markup := false
	for _, b := range n.branches {
		all := units(b.children)
		for _, c := range b.children {
			if mustBreak(c) || c.isElement() && isBoxed(tagName(c.branches[0].start.source)) {
				return true
			}
			markup = markup || isMarkup(c)
		}
		if markup && (len(all) > 1 || len(n.branches) > 1) {
			return true
		}
	}
	return markup && len(n.branches) > 1
}

// isMarkup reports whether a node is, or holds, a tag or another template.
func isMarkup(n node) bool {
	if len(n.branches) == 0 {
		return n.leaf.kind == tag || n.leaf.kind == action && keyword(n.leaf.source) == "template"
	}
	if n.isElement() {
		return true
	}
	for _, b := range n.branches {
		for _, c := range b.children {
			if isMarkup(c) {
				return true
			}
		}
	}
	return false
}

// isBoxed reports whether an element always has lines of its own.
func isBoxed(name string) bool {
	switch name {
	case "html", "head", "body", "main", "header", "footer", "nav", "section", "div", "form", "figure", "details",
		"ul", "ol", "li", "dl", "dt", "dd", "table", "thead", "tbody", "tr", "th", "td", "select", "option",
		"h1", "h2", "h3", "p", "pre", "blockquote", "defs", "symbol":
		return true
	}
	return false
}

// divideTag returns the pieces of a tag between which a line may break, the
// first with its name, and its end: ">" or "/>".
func divideTag(source string) (pieces []string, end string) {
	source = trimTag(source)
	end = ">"
	if strings.HasSuffix(source, "/>") {
		end = "/>"
	}
	source = strings.TrimSuffix(source, end)
	depth, start := 0, 0 // depth of control blocks
	var quote byte
	for i := 0; i < len(source); {
		c := source[i]
		switch {
		case strings.HasPrefix(source[i:], "{{"):
			length := actionLength(source[i:])
			switch keyword(source[i : i+length]) {
			case "if", "range", "with":
				depth++
			case "end":
				depth--
			}
			i += length
			continue
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == ' ' && depth == 0:
			pieces = append(pieces, source[start:i])
			start = i + 1
		}
		i++
	}
	return append(pieces, source[start:]), end
}
