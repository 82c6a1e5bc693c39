package catalog

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

const (
	maxFile   = 1 << 20 // bytes; the embedded catalog has about 60 KB
	maxQuorum = 1000    // networks
	maxFlow   = 3       // depth of [] and {}; a service uses two
)

// reader turns the YAML of one file into a document. It walks the syntax tree
// instead of decoding into structs, so that every value keeps its line for problems
// that are found later.
type reader struct {
	file     string
	problems *problems
}

// read returns what it could read of a file, and adds the problems it finds to ps.
func read(src source, ps *problems) document {
	r := reader{src.file, ps}
	d := document{file: src.file}
	if !r.checkText(src.data) {
		return d
	}
	tokens := lexer.Tokenize(string(src.data))
	if !r.checkTokens(tokens) {
		return d
	}
	tree, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		r.addSyntaxProblem(err)
		return d
	}
	var root ast.Node
	for _, doc := range tree.Docs {
		if doc.Body == nil {
			continue
		}
		if root != nil {
			r.addf(doc.Body, "a second document begins; keep everything in one, without ---")
			return d
		}
		root = doc.Body
	}
	if root != nil {
		r.document(root, &d)
	}
	return d
}

// checkText reports whether the file is UTF-8 and not too large. It adds a problem
// if it is not.
func (r reader) checkText(data []byte) bool {
	if len(data) > maxFile {
		r.problems.addf(place{r.file, 1}, "the file has %d bytes; keep it under %d", len(data), maxFile)
		return false
	}
	for i, line := range bytes.Split(data, []byte{'\n'}) {
		if !utf8.Valid(line) {
			r.problems.addf(place{r.file, i + 1}, "this is not UTF-8; save the file in that encoding")
			return false
		}
	}
	return true
}

// checkTokens reports whether the file uses only the part of YAML that a catalog
// needs. It adds a problem if it does not. It also limits nesting, because the
// parser spends time and stack on it without a limit.
func (r reader) checkTokens(tokens token.Tokens) bool {
	depth := 0
	for _, t := range tokens {
		at := place{r.file, t.Position.Line}
		switch t.Type {
		case token.AnchorType, token.AliasType, token.MergeKeyType:
			r.problems.addf(at, "anchors and aliases are not supported; write the value out")
			return false
		case token.TagType, token.DirectiveType:
			r.problems.addf(at, "tags and directives are not supported; leave %q out", t.Value)
			return false
		case token.MappingKeyType:
			r.problems.addf(at, "keys with ? are not supported; write \"key: value\"")
			return false
		case token.SequenceStartType, token.MappingStartType:
			depth++
		case token.SequenceEndType, token.MappingEndType:
			depth--
		}
		nested := t.Type == token.SequenceEntryType && t.Prev != nil && t.Prev.Type == token.SequenceEntryType
		if depth > maxFlow || nested {
			r.problems.addf(at, "lists are nested too deeply; a catalog needs no list of lists")
			return false
		}
	}
	return true
}

// addSyntaxProblem adds the problem that made the parser fail.
func (r reader) addSyntaxProblem(err error) {
	at, reason := place{r.file, 1}, err.Error()
	var located yaml.Error
	if errors.As(err, &located) {
		reason = located.GetMessage()
		if t := located.GetToken(); t != nil && t.Position != nil {
			at.line = t.Position.Line
		}
	}
	r.problems.addf(at, "this is not YAML (%s); look at the indentation and quotes here and just above", reason)
}

// document reads the sections of a catalog into d.
func (r reader) document(root ast.Node, d *document) {
	r.mapping(root, "the catalog", "", func(key text, value ast.Node) {
		switch key.value {
		case "symptoms":
			d.symptoms = r.entries(value, "symptom", r.named)
		case "providers":
			d.providers = r.entries(value, "provider", r.named)
		case "categories":
			d.categories = r.entries(value, "category", r.category)
		case "services":
			d.services = r.entries(value, "service", r.service)
		default:
			r.problems.addf(key.place, "unknown section %q; use symptoms, providers, categories and services", key.value)
		}
	})
}

// entries reads a section, which maps IDs to entries of one kind. fields reads one
// entry; its first argument describes the entry in messages.
func (r reader) entries(section ast.Node, kind string, fields func(string, ast.Node, *entry)) []entry {
	var list []entry
	if _, empty := section.(*ast.NullNode); empty {
		return nil
	}
	r.mapping(section, "the section", kind+" ", func(id text, value ast.Node) {
		if problem := idProblem(id.value); problem != "" {
			r.problems.addf(id.place, "%s %q %s", kind, id.value, problem)
			return
		}
		if kind == "service" && Reserved(id.value) {
			r.problems.addf(id.place, "service %q is also the address of a page; choose another slug, %q for example", id.value, id.value+"-app")
			return
		}
		e := entry{id: id}
		what := fmt.Sprintf("%s %q", kind, id.value)
		fields(what, value, &e)
		list = append(list, e)
	})
	return list
}

// named reads an entry that has only names: a symptom or a provider.
func (r reader) named(what string, value ast.Node, e *entry) { e.names = r.names(what, value) }

// category reads the fields of a category.
func (r reader) category(what string, value ast.Node, e *entry) {
	r.mapping(value, what, "field ", func(key text, value ast.Node) {
		switch key.value {
		case "names":
			e.names = r.names(what, value)
		case "symptoms":
			e.symptoms = r.list("symptoms", value)
		case "hidden":
			e.hidden = r.flag("hidden", value)
		default:
			r.problems.addf(key.place, "%s has no field %q; use names, symptoms and hidden", what, key.value)
		}
	})
}

// service reads the fields of a service.
func (r reader) service(what string, value ast.Node, e *entry) {
	r.mapping(value, what, "field ", func(key text, value ast.Node) {
		switch key.value {
		case "names":
			e.names = r.names(what, value)
		case "provider":
			e.provider = r.text("the provider", value)
		case "category":
			e.category = r.text("the category", value)
		case "symptoms":
			e.symptoms = r.list("symptoms", value)
		case "aliases":
			e.aliases = r.list("aliases", value)
		case "countries":
			e.countries = r.list("countries", value)
		case "depends_on":
			e.depends = r.list("depends_on", value)
		case "warning_networks":
			e.warning = r.number("warning_networks", value)
		case "outage_networks":
			e.outage = r.number("outage_networks", value)
		case "hidden":
			e.hidden = r.flag("hidden", value)
		default:
			r.problems.addf(key.place, "%s has no field %q; use names, provider, category, symptoms, aliases, countries, depends_on, warning_networks, outage_networks and hidden", what, key.value)
		}
	})
}

var languageTag = regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$`)

// names reads a mapping from language tags to names.
func (r reader) names(what string, value ast.Node) Names {
	names := make(Names)
	r.mapping(value, "the names of "+what, "name in ", func(lang text, value ast.Node) {
		if !languageTag.MatchString(lang.value) {
			r.problems.addf(lang.place, "%q is not a language; use a tag such as \"en\", \"bn\" or \"pt-BR\"", lang.value)
			return
		}
		names[lang.value] = r.text("the name", value).value
	})
	return names
}

// list reads a list of different texts. It never returns nil, so that an empty list
// differs from an absent one.
func (r reader) list(field string, value ast.Node) []text {
	list := []text{}
	sequence, ok := value.(*ast.SequenceNode)
	if !ok {
		r.addf(value, "%s is not a list; write [one, two]", field)
		return list
	}
	listed := make(map[string]bool)
	for _, item := range sequence.Values {
		t := r.text("an entry of "+field, item)
		if t.value == "" {
			continue
		}
		if listed[t.value] {
			r.problems.addf(t.place, "%s has %q twice; remove one", field, t.value)
			continue
		}
		listed[t.value] = true
		list = append(list, t)
	}
	return list
}

// mapping calls each for every key and value of a mapping, in the order of the
// file. In messages, what names the mapping, and kind comes before a key.
func (r reader) mapping(node ast.Node, what, kind string, each func(key text, value ast.Node)) {
	m, ok := node.(ast.MapNode)
	if !ok {
		r.addf(node, "%s is not a mapping; write its parts as \"key: value\"", what)
		return
	}
	lineOf := make(map[string]int)
	for it := m.MapRange(); it.Next(); {
		key := r.text("a key", it.Key())
		if key.value == "" {
			continue
		}
		if line, ok := lineOf[key.value]; ok {
			r.problems.addf(key.place, "%s%q is already on line %d; remove one of them", kind, key.value, line)
			continue
		}
		lineOf[key.value] = key.line
		each(key, it.Value())
	}
}

// text reads a short text. A number or boolean is read as it is written, so that a
// service called 1177 or True needs no quotes.
func (r reader) text(what string, node ast.Node) text {
	t := text{place: r.place(node)}
	switch n := node.(type) {
	case *ast.StringNode:
		t.value = n.Value
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		t.value = n.GetToken().Value
	case *ast.NullNode:
		r.problems.addf(t.place, "%s is empty; write it or remove the line", what)
		return t
	default:
		r.problems.addf(t.place, "%s is not a short text; write it on one line, without nesting", what)
		return t
	}
	if problem := textProblem(t.value); problem != "" {
		r.problems.addf(t.place, "%s %s", what, problem)
		t.value = ""
	}
	return t
}

// number reads a whole number of networks.
func (r reader) number(field string, node ast.Node) number {
	n := number{place: r.place(node)}
	value, err := strconv.Atoi(node.GetToken().Value)
	if _, ok := node.(*ast.IntegerNode); !ok || err != nil || value < 1 || value > maxQuorum {
		r.problems.addf(n.place, "%s is not a number of networks; write a whole number from 1 to %d", field, maxQuorum)
		return n
	}
	n.value = value
	return n
}

// flag reads true or false.
func (r reader) flag(field string, node ast.Node) flag {
	f := flag{place: r.place(node)}
	value, ok := node.(*ast.BoolNode)
	if !ok {
		r.problems.addf(f.place, "%s is not true or false; write one of them", field)
		return f
	}
	f.set, f.value = true, value.Value
	return f
}

// addf adds a problem at the line of node.
func (r reader) addf(node ast.Node, format string, args ...any) {
	r.problems.addf(r.place(node), format, args...)
}

// place returns where node begins, or line 1 if the parser does not know.
func (r reader) place(node ast.Node) place {
	at := place{r.file, 1}
	if t := node.GetToken(); t != nil && t.Position != nil {
		at.line = t.Position.Line
	}
	return at
}
