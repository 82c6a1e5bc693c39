package markup

import "strings"

// node is an element, a control block such as {{if}} with its branches, or a
// leaf: a text, an action, or a tag without its counterpart.
type node struct {
	leaf     token    // of a leaf
	branches []branch // one of an element; none of a leaf
	end      string   // the end tag, or {{end}}
}

// branch is a start tag, or the action that starts a branch of a control block,
// with what stands after it.
type branch struct {
	start    token
	children []node
}

func (n node) isElement() bool { return len(n.branches) > 0 && n.branches[0].start.kind == tag }
func (n node) isBlock() bool   { return len(n.branches) > 0 && n.branches[0].start.kind == action }
func (n node) isText() bool    { return len(n.branches) == 0 && n.leaf.kind == text }

// isValue reports whether a node is an action that writes a value.
func (n node) isValue() bool {
	return len(n.branches) == 0 && n.leaf.kind == action && keyword(n.leaf.source) != "template" &&
		!strings.Contains(n.leaf.source, "/*") && !strings.Contains(n.leaf.source, ":=")
}

// keepsSpace reports whether a node is what <pre> and the like hold.
func (n node) keepsSpace() bool {
	return len(n.branches) == 0 && n.leaf.kind == verbatim && !strings.HasPrefix(n.leaf.source, "<!--")
}

// parseTree returns the source of a template as a tree. A tag whose counterpart is
// not within the same branch of a control block is a leaf. Line breaks in texts
// are trimmed.
func parseTree(source string) []node {
	tokens := scan(source)
	return nodesOf(tokens, 0, len(tokens), counterparts(tokens))
}

// nodesOf returns the nodes of tokens[from:until].
func nodesOf(tokens []token, from, until int, ends map[int][]int) []node {
	var nodes []node
	for i := from; i < until; i++ {
		t := tokens[i]
		stops, opened := ends[i]
		switch {
		case opened:
			n := node{}
			start := i
			for _, stop := range stops {
				n.branches = append(n.branches, branch{tokens[start], nodesOf(tokens, start+1, stop, ends)})
				start = stop
			}
			n.end = tokens[start].source
			nodes = append(nodes, n)
			i = start
		case t.kind == text:
			if t.source = trimText(t.source); t.source != "" {
				nodes = append(nodes, node{leaf: t})
			}
		default:
			nodes = append(nodes, node{leaf: t})
		}
	}
	return nodes
}

// counterparts returns, for each token that starts an element or a control
// block, the tokens that end its branches.
func counterparts(tokens []token) map[int][]int {
	ends := map[int][]int{}
	var open []int                // start tags and control blocks without an end so far
	branchEnds := map[int][]int{} // of control blocks: {{else}}
	innermost := func() int {     // the place in open of the innermost control block, or -1
		for i := len(open) - 1; i >= 0; i-- {
			if tokens[open[i]].kind == action {
				return i
			}
		}
		return -1
	}
	for i, t := range tokens {
		switch t.kind {
		case action:
			switch keyword(t.source) {
			case "if", "range", "with", "define", "block":
				open = append(open, i)
			case "else":
				if at := innermost(); at >= 0 {
					branchEnds[open[at]] = append(branchEnds[open[at]], i)
					open = open[:at+1]
				}
			case "end":
				if at := innermost(); at >= 0 {
					ends[open[at]] = append(branchEnds[open[at]], i)
					open = open[:at]
				}
			}
		case tag:
			switch {
			case strings.HasPrefix(t.source, "</"):
				for at := len(open) - 1; at > innermost(); at-- {
					if tagName(tokens[open[at]].source) == tagName(t.source) {
						ends[open[at]] = []int{i}
						open = open[:at]
						break
					}
				}
			case !isVoid(t.source):
				open = append(open, i)
			}
		}
	}
	return ends
}

// keyword returns the first word of an action.
func keyword(source string) string {
	inner := strings.TrimLeft(strings.TrimPrefix(source[len("{{"):], "-"), space)
	if end := strings.IndexAny(inner, space+"}-\"(."); end >= 0 {
		inner = inner[:end]
	}
	return inner
}

// isVoid reports whether a start tag is a whole element.
func isVoid(source string) bool {
	switch tagName(source) {
	case "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr":
		return true
	}
	return strings.HasPrefix(source, "<!") || strings.HasSuffix(source, "/>")
}
