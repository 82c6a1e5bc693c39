package markup

import "strings"

type kind int

const (
	text kind = iota
	tag
	action
	verbatim // a comment, or what an element such as <pre> holds
)

// token is a piece of the source of a template. All tokens joined are the source.
type token struct {
	kind   kind
	source string
}

// scan divides the source of a template into tokens.
func scan(source string) []token {
	var tokens []token
	add := func(k kind, length int) {
		if length > 0 {
			tokens = append(tokens, token{k, source[:length]})
			source = source[length:]
		}
	}
	for source != "" {
		switch {
		case strings.HasPrefix(source, "{{"):
			add(action, actionLength(source))
		case strings.HasPrefix(source, "<!--"):
			add(verbatim, lengthThrough(source, "-->"))
		case startsTag(source):
			opened := source[:tagLength(source)]
			add(tag, len(opened))
			if name := tagName(opened); keepsSpace(name) && !strings.HasSuffix(opened, "/>") && !strings.HasPrefix(opened, "</") {
				add(verbatim, lengthBefore(source, "</"+name))
			}
		default:
			length := 1
			for length < len(source) && !strings.HasPrefix(source[length:], "{{") && !startsTag(source[length:]) {
				length++
			}
			add(text, length)
		}
	}
	return tokens
}

// keepsSpace reports whether white space within an element belongs to what it
// holds.
func keepsSpace(name string) bool {
	switch name {
	case "pre", "textarea", "script", "style":
		return true
	}
	return false
}

func startsTag(source string) bool {
	if len(source) < 2 || source[0] != '<' {
		return false
	}
	c := source[1] | 0x20 // in lower case
	return source[1] == '/' || source[1] == '!' || 'a' <= c && c <= 'z'
}

// tagName returns the name of the element that a tag starts or ends, in lower
// case.
func tagName(source string) string {
	name := strings.TrimLeft(source, "</")
	if end := strings.IndexAny(name, space+"/>{"); end >= 0 {
		name = name[:end]
	}
	return strings.ToLower(name)
}

// tagLength returns the length of the tag at the start of source. A ">" in
// quotes or in an action does not end it.
func tagLength(source string) int {
	var quote byte
	for i := 0; i < len(source); {
		c := source[i]
		switch {
		case strings.HasPrefix(source[i:], "{{"):
			i += actionLength(source[i:])
			continue
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			return i + 1
		}
		i++
	}
	return len(source)
}

// actionLength returns the length of the action at the start of source. A "}}"
// in quotes or in a comment does not end it.
func actionLength(source string) int {
	if inner := strings.TrimLeft(strings.TrimPrefix(source[len("{{"):], "-"), space); strings.HasPrefix(inner, "/*") {
		comment := lengthThrough(source, "*/")
		return comment + lengthThrough(source[comment:], "}}")
	}
	var quote byte
	for i := len("{{"); i < len(source); i++ {
		c := source[i]
		switch {
		case quote == 0 && strings.HasPrefix(source[i:], "}}"):
			return i + len("}}")
		case quote == 0 && (c == '"' || c == '\'' || c == '`'):
			quote = c
		case c == '\\' && quote != 0 && quote != '`':
			i++ // the character after it is escaped
		case c == quote:
			quote = 0
		}
	}
	return len(source)
}

func lengthThrough(source, end string) int {
	if i := strings.Index(source, end); i >= 0 {
		return i + len(end)
	}
	return len(source)
}

func lengthBefore(source, end string) int {
	if i := strings.Index(strings.ToLower(source), end); i >= 0 {
		return i
	}
	return len(source)
}
