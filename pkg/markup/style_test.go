package markup_test

import (
	"testing"

	"github.com/outcry/outcry/pkg/markup"
)

func TestTrimStyleKeepsLineBreaksThatAreSpaces(t *testing.T) {
	for _, c := range []struct{ name, source, want string }{
		{"a rule", "a,\nb {\n\tcolor: red;\n\n\tmargin: 0;\n}\n", "a,b {color: red;margin: 0;}"},
		{"a selector over two lines", ".a\n  .b {\n}\n", ".a\n.b {}"},
		{"a value over several lines", "a {\n\tgrid:\n\t\t'x y'\n\t\t'z z';\n}\n", "a {grid:\n'x y'\n'z z';}"},
		{"a comment", "/* a\n   b */\na {\n}\n", "/* a\nb */\na {}"},
		{"nothing", "\n", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := markup.TrimStyle(c.source); got != c.want {
				t.Errorf("TrimStyle(%q) = %q, want %q", c.source, got, c.want)
			}
		})
	}
}
