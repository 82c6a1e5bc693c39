// Package markup prepares the source of pages. Trim removes the white space that
// only lays out a template of html/template, TrimStyle does so for a stylesheet,
// and Format lays a template out. The package knows tags and actions, not what
// they mean: it does not check a template.
package markup

import "strings"

// Trim removes line breaks, and the indentation around them, from the source of
// a template. Between two words it leaves one space, and so between two
// attributes. Spaces within a line stay: a space that a reader must see is
// written on one line with what it stands beside. Actions, attribute values,
// and what <pre>, <textarea>, <script> and <style> hold stay as they are.
func Trim(source string) string {
	var b strings.Builder
	b.Grow(len(source))
	for _, t := range scan(source) {
		switch t.kind {
		case text:
			b.WriteString(trimText(t.source))
		case tag:
			b.WriteString(trimTag(t.source))
		default:
			b.WriteString(t.source)
		}
	}
	return b.String()
}

// space is the white space of HTML. A no-break space is not part of it.
const space = " \t\r\n\f"

func trimText(source string) string {
	lines := strings.Split(source, "\n")
	last := len(lines) - 1
	if last == 0 {
		return source
	}
	var kept []string
	for i, line := range lines {
		if i > 0 {
			line = strings.TrimLeft(line, space)
		}
		if i < last {
			line = strings.TrimRight(line, space)
		}
		if line != "" {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, " ")
}

func trimTag(source string) string {
	var b strings.Builder
	var quote byte
	for i := 0; i < len(source); {
		c := source[i]
		switch {
		case strings.HasPrefix(source[i:], "{{"):
			end := i + actionLength(source[i:])
			b.WriteString(source[i:end])
			i = end
			continue
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case strings.IndexByte(space, c) >= 0:
			rest := strings.TrimLeft(source[i:], space)
			run := source[i : len(source)-len(rest)]
			switch {
			case !strings.Contains(run, "\n"):
				b.WriteString(run)
			case !strings.HasPrefix(rest, ">") && !strings.HasPrefix(rest, "/>"):
				b.WriteByte(' ')
			}
			i += len(run)
			continue
		}
		b.WriteByte(c)
		i++
	}
	return b.String()
}
