package markup_test

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/outcry/outcry/frontend"
	"github.com/outcry/outcry/pkg/markup"
)

func TestTrimRemovesLayoutAndKeepsWhatAReaderSees(t *testing.T) {
	for _, c := range []struct{ name, source, want string }{
		{"indentation between elements", "<ul>\n\t<li>a</li>\n\n\t<li>b</li>\n</ul>\n", "<ul><li>a</li><li>b</li></ul>"},
		{"a line break at the edge of a text", "<p>\n\tone\n</p>", "<p>one</p>"},
		{"a line break between words", "<p>one\n\ttwo</p>", "<p>one two</p>"},
		{"spaces on one line", "<b>a</b> <i>b</i> · c", "<b>a</b> <i>b</i> · c"},
		{"a space beside an action", "{{with .Was}} <small>{{.}}</small>{{end}}\n{{.Name}} ", "{{with .Was}} <small>{{.}}</small>{{end}}{{.Name}} "},
		{"several spaces on one line", "a  b", "a  b"},
		{"a no-break space at the edge of a line", "<p>\n\t\u00a0a\u00a0\n</p>", "<p>\u00a0a\u00a0</p>"},
		{"returns before line breaks", "<p>\r\n\ta\r\n</p>", "<p>a</p>"},
		{"line breaks between attributes", "<a\n\thref=\"x\"\n\tid=\"y\"\n>a</a>", `<a href="x" id="y">a</a>`},
		{"a line break before the end of an empty tag", "<path\n\td=\"M0\"\n/>", `<path d="M0"/>`},
		{"line breaks in values", "<a title=\"one\n  two\" alt='x\n y'>", "<a title=\"one\n  two\" alt='x\n y'>"},
		{"a tag's end in quotes and in an action", "<a title=\"a > b\"{{if gt .N 1}}\n id=\"x\"{{end}}>\n</a>", "<a title=\"a > b\"{{if gt .N 1}} id=\"x\"{{end}}></a>"},
		{"quotes within an action within quotes", "<a title=\"{{.Say \"x\"}}\"\n id=\"y\">", `<a title="{{.Say "x"}}" id="y">`},
		{"preformatted text", "<pre>\n a\n  b\n</pre>\n<p>", "<pre>\n a\n  b\n</pre><p>"},
		{"a text field", "<textarea rows=\"2\">\n a\n</textarea>", "<textarea rows=\"2\">\n a\n</textarea>"},
		{"scripts and styles", "<script>\n a\n</script>\n<STYLE>\n b\n</STYLE>\n", "<script>\n a\n</script><STYLE>\n b\n</STYLE>"},
		{"a script without content", "<script src=\"x\"></script>\n<p>\n", `<script src="x"></script><p>`},
		{"actions over several lines", "{{if and\n .A\n .B}}\nx\n{{end}}", "{{if and\n .A\n .B}}x{{end}}"},
		{"an action's end in quotes", "{{\"}}\\\"\n\"}}\n{{`}}\n`}}\n", "{{\"}}\\\"\n\"}}{{`}}\n`}}"},
		{"comments", "{{/* a }}\n b */}}\n<!-- a\n b -->\nc", "{{/* a }}\n b */}}<!-- a\n b -->c"},
		{"a sign that starts no tag", "a <\n 3 <é", "a < 3 <é"},
		{"nothing", "", ""},
		{"pieces without an end", "<a href=\"", "<a href=\""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := markup.Trim(c.source); got != c.want {
				t.Errorf("Trim(%q) = %q, want %q", c.source, got, c.want)
			}
			if got := markup.Trim(c.want); got != c.want {
				t.Errorf("Trim(%q) = %q, want the same", c.want, got)
			}
		})
	}
}

func TestFormatGivesElementsLinesOfTheirOwn(t *testing.T) {
	for _, c := range []struct {
		name, source string
		want         []string
	}{
		{"what fits stays on its line", `<p class="x"><b>{{.A}}</b></p>`,
			[]string{`<p class="x"><b>{{.A}}</b></p>`}},
		{"several elements", `<p><b>a</b><i>b</i></p>`,
			[]string{"<p>", "\t<b>a</b>", "\t<i>b</i>", "</p>"}},
		{"no line breaks beside a space", `<p><b>a</b> · <i>b</i>{{.C}}</p>`,
			[]string{"<p>", "\t<b>a</b> · <i>b</i>", "\t{{.C}}", "</p>"}},
		{"a space after a start tag stays beside it", `<p> <b>a</b><i>b</i></p>`,
			[]string{"<p> <b>a</b>", "\t<i>b</i>", "</p>"}},
		{"an element that is a block on a page", `<div>{{if .A}}<p>a</p>{{end}}</div>`,
			[]string{"<div>", "\t{{if .A}}", "\t\t<p>a</p>", "\t{{end}}", "</div>"}},
		{"branches with markup", `{{if .A}}<b>a</b>{{else if .B}}b{{else}}c{{end}}`,
			[]string{"{{if .A}}", "\t<b>a</b>", "{{else if .B}}", "\tb", "{{else}}", "\tc", "{{end}}"}},
		{"branches of text", `{{if .A}}a{{else}}b{{end}}`,
			[]string{`{{if .A}}a{{else}}b{{end}}`}},
		{"a long tag", `<p data-a="` + strings.Repeat("a", 60) + `" data-b="` + strings.Repeat("b", 60) + `"{{if .C}} c{{end}}>x</p>`,
			[]string{"<p", "\tdata-a=\"" + strings.Repeat("a", 60) + `"`, "\tdata-b=\"" + strings.Repeat("b", 60) + `"{{if .C}} c{{end}}`, ">", "\tx", "</p>"}},
		{"tags that end in another template", `{{define "a"}}<html><p>a</p>{{end}}{{define "b"}}</html>{{end}}`,
			[]string{`{{define "a"}}`, "\t<html>", "\t<p>a</p>", "{{end}}", "", `{{define "b"}}`, "\t</html>", "{{end}}"}},
		{"preformatted text", "<div><pre>\n a\n</pre><p>b</p></div>",
			[]string{"<div>", "\t<pre>", " a", "</pre>", "\t<p>b</p>", "</div>"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := strings.Join(c.want, "\n") + "\n"
			if got := markup.Format(c.source); got != want {
				t.Errorf("Format(%q) =\n%s\nwant\n%s", c.source, got, want)
			}
			if got, want := markup.Trim(want), markup.Trim(c.source); got != want {
				t.Errorf("Trim(Format(%q)) = %q, want %q", c.source, got, want)
			}
		})
	}
}

func TestFormatChangesNoTemplateBeyondItsLayout(t *testing.T) {
	names, err := fs.Glob(frontend.Files, "templates/*")
	if err != nil || len(names) < 10 {
		t.Fatalf("Glob(templates/*) = %d names, %v; want all templates", len(names), err)
	}
	for _, name := range names {
		source, err := fs.ReadFile(frontend.Files, name)
		if err != nil {
			t.Fatal(err)
		}
		trimmed := markup.Trim(string(source))
		formatted := markup.Format(trimmed)
		if got := markup.Trim(formatted); got != trimmed {
			t.Errorf("Trim(Format(%s)) = %q, want %q", name, got, trimmed)
		}
		if got := markup.Format(formatted); got != formatted {
			t.Errorf("Format(Format(%s)) = %q, want %q", name, got, formatted)
		}
	}
}

func TestParseNamesTheFileThatIsWrong(t *testing.T) {
	files := fstest.MapFS{
		"good.html": {Data: []byte("{{define \"good\"}}\n\t<p>\n\t\t{{.}}\n\t</p>\n{{end}}\n")},
		"bad.html":  {Data: []byte("{{define \"bad\"}}")},
	}
	all, err := markup.Parse(files, "good.html")
	if err != nil {
		t.Fatalf("Parse(good.html) = %v, want no error", err)
	}
	var b strings.Builder
	if err := all.ExecuteTemplate(&b, "good", "a\n b"); err != nil || b.String() != "<p>a\n b</p>" {
		t.Errorf("ExecuteTemplate = %q, %v; want <p>a\\n b</p>", b.String(), err)
	}
	for _, name := range []string{"bad.html", "missing.html"} {
		if _, err := markup.Parse(files, name); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("Parse(%s) = %v, want an error that names the file", name, err)
		}
	}
}

func TestAMistakeIsNamedByFileAndLine(t *testing.T) {
	files := fstest.MapFS{"page.html": {Data: []byte("<p>\n  one\n</p>\n<p>\n  {{.Two | nosuch}}\n</p>\n")}}
	_, err := markup.Parse(files, "page.html")
	if err == nil || !strings.Contains(err.Error(), "page.html:5:") {
		t.Errorf("Parse of a mistake in line 5 = %v, want the file and the line in the error", err)
	}
}
