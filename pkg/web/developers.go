package web

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/api"
	"github.com/outcry/outcry/frontend"
	"github.com/outcry/outcry/pkg/embed"
	"github.com/outcry/outcry/pkg/locale"
	"github.com/outcry/outcry/pkg/site"
	"github.com/outcry/outcry/pkg/view"
)

// DevelopersPage is the reference of the API.
type DevelopersPage struct {
	view.Frame
	Host     string // scheme and host in examples
	Examples []Example
	About    []view.Paragraph
	Groups   []CallGroup
	More     []view.Row // the groups that have a page of their own
	Builder  *embed.Builder
}

// operatorGroup is the group of the reference that no page has: its calls are for
// the operators of the server, who have /admin and docs/operating.md.
const operatorGroup = "admin"

// firstGroups are the groups of the reference that the first page has. The others
// have a page of their own, at the query "calls", so that no page is large.
var firstGroups = map[string]bool{"report": true, "read": true}

// Example is a command to paste into a shell.
type Example struct{ Title, Command string }

// snippetHost is the server in snippets, which the page replaces.
const snippetHost = "https://outcry.example"

// snippet is the text of a small program that calls the API.
type snippet struct{ language, text string }

// readSnippets reads the small programs of frontend/snippets.
func readSnippets() ([]snippet, error) {
	var all []snippet
	for _, one := range []struct{ language, file string }{{"TypeScript", "app.ts"}, {"Kotlin", "app.kt"}, {"Swift", "app.swift"}} {
		text, err := frontend.Files.ReadFile("snippets/" + one.file)
		if err != nil {
			return nil, fmt.Errorf("read a snippet: %w", err)
		}
		all = append(all, snippet{one.language, strings.TrimSpace(string(text))})
	}
	return all, nil
}

// CallGroup is a group of calls of the reference.
type CallGroup struct {
	Name  string
	About []view.Paragraph
	Calls []CallRow
}

// CallRow is a call with its texts in paragraphs.
type CallRow struct {
	api.Call
	About  []view.Paragraph
	Tables []FieldTable
	Codes  []view.Row // of answers: name and what it means
}

// FieldTable lists parameters or fields.
type FieldTable struct {
	Title string
	Rows  []FieldRow
}

// FieldRow is a parameter or a field.
type FieldRow struct {
	api.Field
	About  view.Paragraph
	Choice string // its values
}

// getDevelopers serves the reference of the API with the builder of embeds.
func (s *Pages) getDevelopers(c *gin.Context, to site.Reader) {
	now := s.Now().UTC()
	b := embed.ParseBuild(s.Site, c.Request.URL.Query(), to.Locale.Code)
	key := b.Query()
	group := s.ownGroup(c.Query("calls"))
	key.Set("calls", group)
	s.shared(c, to, "/developers", key, func(context.Context) (*written, error) {
		f := s.frame(to, "/developers", now)
		if group != "" {
			p := s.groupPage(f, group)
			return s.write(http.StatusOK, "developers", &p, lasting)
		}
		p := s.developersPage(f)
		p.Builder = embed.NewBuilder(s.Site, &p.Frame, to.Home, b)
		return s.write(http.StatusOK, "developers", &p, lasting)
	})
}

func (s *Pages) developersPage(f view.Frame) DevelopersPage {
	l := f.Locale
	f.Index = true
	f.Title, f.Description = l.Fill("developers_title", locale.Values{"Brand": l.Say("brand")}), l.Say("developers_why")
	p := DevelopersPage{Frame: f, Host: f.Origin + f.Below(""), About: paragraphs(s.reference.Description)}
	if f.Origin == "" {
		p.Host = "http://localhost:8080" + p.Host
	}
	base := p.Host + "/api/v1"
	p.Examples = []Example{
		{l.Say("example_report"), "curl -X POST " + base + "/services/whatsapp/reports \\\n     -H 'Content-Type: application/json' -d '{\"symptom\":\"messaging\",\"country\":\"BD\"}'"},
		{l.Say("example_status"), "curl " + base + "/services/whatsapp"},
		{l.Say("example_where"), "curl '" + base + "/services/whatsapp/countries?window=15m'"},
		{l.Say("example_live"), "curl -N '" + base + "/events?service=whatsapp'"},
		{l.Say("example_many"), "curl -X POST " + base + "/reports -H \"Authorization: Bearer $KEY\" \\\n     -H 'Content-Type: application/json' \\\n     -d '{\"reports\":[{\"service\":\"whatsapp\",\"symptom\":\"login\",\"ip\":\"192.0.2.7\"}]}'"},
	}
	for _, snippet := range s.snippets {
		p.Examples = append(p.Examples, Example{
			Title:   l.Fill("example_app", locale.Values{"Language": snippet.language}),
			Command: strings.ReplaceAll(snippet.text, snippetHost, p.Host),
		})
	}
	for _, g := range s.reference.Groups {
		switch {
		case firstGroups[g.Name]:
			p.Groups = append(p.Groups, newCallGroup(l, g))
		case g.Name != operatorGroup:
			p.More = append(p.More, view.Row{Name: g.Name, Counts: strings.ReplaceAll(strings.TrimSpace(g.Description), "`", ""), Href: f.To("/developers") + "?calls=" + g.Name})
		}
	}
	return p
}

// ownGroup returns the name of a group that has a page of its own, or "".
func (s *Pages) ownGroup(name string) string {
	isOwn := func(g api.Group) bool { return g.Name == name && name != operatorGroup && !firstGroups[name] }
	if slices.ContainsFunc(s.reference.Groups, isOwn) {
		return name
	}
	return ""
}

// groupPage returns the page of one group of the reference.
func (s *Pages) groupPage(f view.Frame, name string) DevelopersPage {
	l := f.Locale
	f.Asked = "?calls=" + name
	f.Title, f.Description = l.Fill("developers_title", locale.Values{"Brand": l.Say("brand")}), l.Say("developers_why")
	p := DevelopersPage{Frame: f}
	for _, g := range s.reference.Groups {
		if g.Name == name {
			p.Groups = append(p.Groups, newCallGroup(l, g))
		}
	}
	return p
}

func newCallGroup(l *locale.Locale, g api.Group) CallGroup {
	group := CallGroup{Name: g.Name, About: paragraphs(g.Description)}
	for _, call := range g.Calls {
		group.Calls = append(group.Calls, newCallRow(l, call))
	}
	return group
}

func newCallRow(l *locale.Locale, c api.Call) CallRow {
	r := CallRow{Call: c, About: paragraphs(c.Description)}
	table := func(title string, fields []api.Field) {
		if len(fields) == 0 {
			return
		}
		t := FieldTable{Title: title}
		for _, f := range fields {
			t.Rows = append(t.Rows, FieldRow{f, inlineCode(f.Description), strings.Join(f.Values, ", ")})
		}
		r.Tables = append(r.Tables, t)
	}
	table(l.Say("developers_parameters"), c.Parameters)
	table(l.Say("developers_body"), c.Body)
	table(l.Say("developers_answer"), c.Fields)
	var failures []string
	for _, a := range c.Answers {
		if a.Code >= "400" { // they mean the same for every call
			failures = append(failures, a.Code)
			continue
		}
		r.Codes = append(r.Codes, view.Row{Name: a.Code, Counts: strings.TrimSpace(strings.ReplaceAll(a.Description, "`", ""))})
	}
	if len(failures) > 0 {
		r.Codes = append(r.Codes, view.Row{Name: strings.Join(failures, " "), Counts: "Problem details: detail and field say what is wrong."})
	}
	return r
}

// blank separates the paragraphs of a text.
var blank = regexp.MustCompile(`\n\s*\n`)

// paragraphs divides a text at its blank lines.
func paragraphs(text string) []view.Paragraph {
	var all []view.Paragraph
	for _, p := range blank.Split(strings.TrimSpace(text), -1) {
		if p != "" {
			all = append(all, inlineCode(p))
		}
	}
	return all
}

// inlineCode divides a text at its marks: text between ** is strong, and text
// between ` is code.
func inlineCode(text string) view.Paragraph {
	var all view.Paragraph
	for i, piece := range strings.Split(strings.TrimSpace(text), "`") {
		if i%2 == 1 {
			all = append(all, locale.Part{Text: piece, Code: true})
			continue
		}
		all = append(all, locale.Parts(piece)...)
	}
	return all
}
