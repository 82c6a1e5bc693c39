package markup

import "strings"

// TrimStyle removes indentation from a stylesheet, and line breaks after rules,
// declarations and the items of lists. A line break elsewhere, such as between
// the parts of a selector, stays.
func TrimStyle(source string) string {
	var b strings.Builder
	b.Grow(len(source))
	for line := range strings.SplitSeq(source, "\n") {
		line = strings.Trim(line, space)
		if line == "" {
			continue
		}
		b.WriteString(line)
		if !strings.ContainsRune("{};,", rune(line[len(line)-1])) {
			b.WriteByte('\n')
		}
	}
	return b.String()
}
