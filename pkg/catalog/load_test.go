package catalog

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// small is a catalog in which everything is right. Line 10 is its last.
const small = `symptoms:
  connection: {en: Connection, bn: সংযোগ}
  other: {en: Other, bn: অন্যান্য}
categories:
  messaging:
    names: {en: Messaging}
    symptoms: [connection, other]
services:
  chat:
    {names: {en: Chat}, category: messaging}
`

func TestParse(t *testing.T) {
	c, err := Parse("small.yaml", []byte(small))
	if err != nil {
		t.Fatalf("Parse(small) = %v, want no error", err)
	}
	got, ok := c.Service("chat")
	if !ok {
		t.Fatal(`Service("chat") found nothing`)
	}
	want := &Service{
		Slug: "chat", Names: Names{"en": "Chat"}, Provider: "chat", Category: "messaging",
		Symptoms: []string{"connection", "other"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf(`Service("chat") (-want +got):`+"\n%s", diff)
	}
	if p, ok := c.Provider("chat"); !ok || p.Names["en"] != "Chat" {
		t.Errorf(`Provider("chat") = %v, %v, want the service as its own provider`, p, ok)
	}
	if !got.HasSymptom("connection") || got.HasSymptom("login") {
		t.Error("HasSymptom does not follow Symptoms")
	}
}

func TestParseTakesEveryFieldOfAService(t *testing.T) {
	c, err := Parse("t", []byte(small+`  host:
    names: {en: Host}
    category: messaging
  talk:
    names:
      en: Talk & more   # a comment
      bn: "টক"
    provider: host
    category: messaging
    symptoms:
      - other
    aliases: [1177, True, no]
    countries: [NO, XK]
    depends_on: [host]
    warning_networks: 5
    outage_networks: 40
`))
	if err != nil {
		t.Fatal(err)
	}
	got, _ := c.Service("talk")
	want := &Service{
		Slug: "talk", Names: Names{"en": "Talk & more", "bn": "টক"}, Provider: "host", Category: "messaging",
		Symptoms: []string{"other"}, Aliases: []string{"1177", "True", "no"},
		Countries: []string{"NO", "XK"}, DependsOn: []string{"host"},
		WarningNetworks: 5, OutageNetworks: 40,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNeedsGoThroughOthers(t *testing.T) {
	c, err := Parse("c.yaml", []byte(small+`  power: {names: {en: Power}, category: messaging}
  host: {names: {en: Host}, category: messaging, depends_on: [power]}
  dns: {names: {en: DNS}, category: messaging, depends_on: [power]}
  talk: {names: {en: Talk}, category: messaging, depends_on: [host, dns]}
`))
	if err != nil {
		t.Fatal(err)
	}
	for slug, want := range map[string][]string{"talk": {"dns", "host", "power"}, "host": {"power"}, "power": nil, "nobody": nil} {
		if got := c.Needs(slug); !slices.Equal(got, want) {
			t.Errorf("Needs(%q) = %v, want %v", slug, got, want)
		}
	}
}

func TestParseAcceptsNames(t *testing.T) {
	for name, text := range map[string]string{
		"as long as may be":               strings.Repeat("ক", maxName),
		"with the joiners Bengali has":    "র\u200d্যাব ক\u200cষ",
		"in a script from right to left":  "واتساب",
		"with punctuation and characters": "1&1 – “Pÿur”",
	} {
		t.Run(name, func(t *testing.T) {
			c, err := Parse("t", []byte(strings.Replace(small, "{en: Chat}", "{en: "+text+"}", 1)))
			if err != nil {
				t.Fatal(err)
			}
			if s, _ := c.Service("chat"); s.Names["en"] != text {
				t.Errorf("name = %q, want %q", s.Names["en"], text)
			}
		})
	}
}

func TestParseSaysWhatIsWrongAndWhere(t *testing.T) {
	// bad is a service of its own below small, from line 11 on.
	bad := func(lines ...string) string {
		return small + "  bad:\n    " + strings.Join(lines, "\n    ") + "\n"
	}
	const good = "names: {en: Bad}"
	tests := []struct {
		name, file, want string
	}{
		{"an empty file has no services", "", "1: there are no services"},
		{"only comments have no services", "# nothing\n", "1: there are no services"},
		{"an empty section has no services", "services:\n", "1: there are no services"},
		{"broken YAML", "services:\n  a: [b\n  c: d\n", "3: this is not YAML"},
		{"a list at the top", "- a\n", "1: the catalog is not a mapping"},
		{"a text at the top", "hello\n", "1: the catalog is not a mapping"},
		{"a second document", small + "---\nservices: {}\n", "12: a second document begins"},
		{"not UTF-8", "services:\n  a: \xff\n", "2: this is not UTF-8"},
		{"too large", strings.Repeat("#\n", maxFile), "1: the file has 2097152 bytes"},
		{"an anchor", bad("names: &n {en: Bad}"), "12: anchors and aliases are not supported"},
		{"a merge key", bad("<<: {en: Bad}"), "12: anchors and aliases are not supported"},
		{"a tag", bad("names: !!map {en: Bad}"), `12: tags and directives are not supported`},
		{"a complex key", bad("? names"), "12: keys with ? are not supported"},
		{"deep nesting", bad("aliases: " + strings.Repeat("[", 100_000)), "12: lists are nested too deeply"},
		{"lists of lists", bad("aliases:", "- - - a"), "13: lists are nested too deeply"},

		{"no number of networks", bad(good, "category: messaging", "outage_networks: few"), "14: outage_networks is no number of networks; write a whole number from 1 to 1000"},
		{"networks in part", bad(good, "category: messaging", "warning_networks: 2.5"), "14: warning_networks is no number of networks"},
		{"fewer networks for an outage", bad(good, "category: messaging", "warning_networks: 9", "outage_networks: 8"), "15: outage_networks of \"bad\" is less than"},
		{"an unknown section", small + "service:\n", `11: unknown section "service"; use symptoms, `},
		{"a section twice", small + "services: {}\n", `11: "services" is already on line 8`},
		{"a section that is a list", "services: [a]\n", "1: the section is not a mapping"},
		{"a service twice", small + "  talk: {names: {en: A}, category: messaging}\n  chat: {}\n", `12: service "chat" is already on line 9; remove one`},
		{"a field twice", bad(good, "category: messaging", good), `14: field "names" is already on line 12`},
		{"an unknown field", bad(good, "colour: red"), `13: service "bad" has no field "colour"; use names, provider,`},
		{"an unknown field of a category", strings.Replace(small, "symptoms: [", "slugs: [", 1), `7: category "messaging" has no field "slugs"`},
		{"a service without anything", small + "  bad:\n", `11: service "bad" is not a mapping`},

		{"capitals in a slug", small + "  Bad: {names: {en: Bad}, category: messaging}\n", `11: service "Bad" is not an ID; use 1 to 40 of a-z`},
		{"a slug that is too long", small + "  " + strings.Repeat("a", 41) + ": {}\n", `11: service "aaa`},
		{"a slug that begins with a hyphen", small + "  -bad: {}\n", `11: service "-bad" is not an ID`},
		{"a reserved slug", small + "  api: {names: {en: A}, category: messaging}\n", `11: service "api" is also the address of a page; choose another slug`},
		{"a language as slug", small + "  it: {names: {en: A}, category: messaging}\n", `11: service "it" is also the address of a page`},
		{"a bad ID of a symptom", "symptoms:\n  No Signal: {en: No signal}\n", `2: symptom "No Signal" is not an ID`},

		{"no names", bad("category: messaging"), `11: service "bad" has no English name; add one as "en"`},
		{"no English name", bad("names: {bn: ব্যাড}", "category: messaging"), `11: service "bad" has no English name`},
		{"a provider without English name", small + "providers:\n  p: {bn: প}\n", `12: provider "p" has no English name`},
		{"an empty name", bad("names: {en: \"\"}", "category: messaging"), "12: the name is empty"},
		{"a name without value", bad("names:", "  en:", "category: messaging"), "13: the name is empty"},
		{"a name that is too long", bad("names: {en: " + strings.Repeat("ক", 61) + "}"), "12: the name has 61 characters; shorten it to 60"},
		{"a control character", bad(`names: {en: "a\u0007b"}`), "12: the name contains the invisible character U+0007; remove it"},
		{"a change of direction", bad(`names: {en: "a\u202eb"}`), "12: the name contains the invisible character U+202E"},
		{"a block of text", bad("names:", "  en: |", "    Bad", "category: messaging"), "13: the name is not a short text"},
		{"a space at the end", bad(`names: {en: "Bad "}`), "12: the name begins or ends with a space"},
		{"a language that is none", bad("names: {en: Bad, english: Bad}"), `12: "english" is not a language`},

		{"no category", bad(good), `11: service "bad" has no category`},
		{"an unknown category", bad(good, "category: mesaging"), `13: category "mesaging" is unknown`},
		{"an unknown provider", bad(good, "category: messaging", "provider: mata"), `14: provider "mata" is unknown`},
		{"a provider that is a list", bad(good, "provider: [meta]"), "13: the provider is not a short text"},
		{"an unknown symptom", bad(good, "category: messaging", "symptoms:", "- conection", "- other"), `15: symptom "conection" is unknown`},
		{"an unknown symptom of a category", strings.Replace(small, "[connection", "[conection", 1), `7: symptom "conection" is unknown`},
		{"a symptom twice", bad(good, "symptoms: [connection, connection, other]"), `13: symptoms has "connection" twice`},
		{"other is not last", bad(good, "category: messaging", "symptoms: [other, connection]"), `11: the symptoms of "bad" do not end with other`},
		{"no symptoms in the list", bad(good, "category: messaging", "symptoms: []"), `11: the symptoms of "bad" do not end with other`},
		{"a category without symptoms", strings.Replace(small, "    symptoms: [connection, other]\n", "", 1), `5: category "messaging" has no symptoms`},
		{"symptoms that are no list", bad(good, "symptoms: connection"), "13: symptoms is not a list; write [one, two]"},
		{"an unknown country", bad(good, "category: messaging", "countries: [IN, UK]"), `14: country "UK" is unknown`},
		{"the unknown country", bad(good, "category: messaging", "countries: [ZZ]"), `14: country "ZZ" is unknown`},
		{"a small country code", bad(good, "category: messaging", "countries: [in]"), `14: country "in" is unknown`},
		{"an unknown dependency", bad(good, "category: messaging", "depends_on: [aws]"), `14: service "aws", on which "bad" depends, is unknown`},
		{"a service that depends on itself", bad(good, "category: messaging", "depends_on: [bad]"), `14: "bad" depends on "bad", which depends on it in turn`},
		{"dependencies in a circle", small + `  a: {names: {en: A}, category: messaging, depends_on: [b]}
  b: {names: {en: B}, category: messaging, depends_on: [c]}
  c: {names: {en: C}, category: messaging, depends_on: [a]}
`, `13: "c" depends on "a", which depends on it in turn`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse("bad.yaml", []byte(tt.file))
			if err == nil {
				t.Fatalf("Parse = nil, want an error with %q", tt.want)
			}
			first, _, _ := strings.Cut(err.Error(), "\n")
			if want := "bad.yaml:" + tt.want; !strings.HasPrefix(first, want) {
				t.Errorf("Parse = %q, want it to begin with %q", err, want)
			}
			if !strings.Contains(first, ";") {
				t.Errorf("Parse = %q, want it to say what to do, after a semicolon", err)
			}
		})
	}
}

func TestParseTooManySymptoms(t *testing.T) {
	var symptoms []string
	file := "symptoms:\n  other: {en: Other}\n"
	for i := range maxSymptoms {
		symptoms = append(symptoms, fmt.Sprintf("s%d", i))
		file += fmt.Sprintf("  s%d: {en: S}\n", i)
	}
	category := "categories:\n  a:\n    names: {en: A}\n    symptoms: [%s, other]\nservices: {s: {names: {en: S}, category: a}}\n"
	if _, err := Parse("t", fmt.Appendf(nil, file+category, strings.Join(symptoms[1:], ", "))); err != nil {
		t.Errorf("Parse with %d symptoms = %v, want no error", maxSymptoms, err)
	}
	_, err := Parse("t", fmt.Appendf(nil, file+category, strings.Join(symptoms, ", ")))
	if err == nil || !strings.Contains(err.Error(), "keep the 8") {
		t.Errorf("Parse with %d symptoms = %v, want an error", maxSymptoms+1, err)
	}
}

func TestParseTellsAllProblemsInOrder(t *testing.T) {
	file := small
	for i := range 30 {
		file += fmt.Sprintf("  s%d: {names: {en: S}, category: c%d}\n", i, i)
	}
	_, err := Parse("bad.yaml", []byte(file))
	if err == nil {
		t.Fatal("Parse = nil, want errors")
	}
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != maxProblems+1 {
		t.Fatalf("%d lines, want %d problems and a last line:\n%v", len(lines), maxProblems, err)
	}
	for i, line := range lines[:maxProblems] {
		if want := fmt.Sprintf(`bad.yaml:%d: category "c%d" is unknown`, 11+i, i); !strings.HasPrefix(line, want) {
			t.Errorf("line %d is %q, want it to begin with %q", i, line, want)
		}
	}
	if got, want := lines[maxProblems], "and 10 more problems"; got != want {
		t.Errorf("last line is %q, want %q", got, want)
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	slugs := func(c *Catalog) []string {
		var slugs []string
		for _, s := range c.Services() {
			slugs = append(slugs, s.Slug)
		}
		return slugs
	}

	t.Run("nothing given is the default", func(t *testing.T) {
		c, err := Load("", "")
		if err != nil || c != Default() {
			t.Errorf("Load = %p, %v, want Default() = %p", c, err, Default())
		}
	})
	t.Run("a file replaces the default", func(t *testing.T) {
		c, err := Load(write("small.yaml", small), "")
		if err != nil {
			t.Fatal(err)
		}
		if got, want := slugs(c), []string{"chat"}; !slices.Equal(got, want) {
			t.Errorf("services = %v, want %v", got, want)
		}
	})
	t.Run("an extra file adds at the end and replaces in place", func(t *testing.T) {
		extra := write("extra.yaml", `symptoms:
  smell: {en: Smell}
categories:
  messaging: {names: {en: Talking}, symptoms: [smell, other]}
providers:
  chat: {en: The Chat Company}
services:
  mine: {names: {en: Mine}, category: messaging}
  chat: {names: {en: Chat 2}, category: messaging, aliases: [two]}
`)
		c, err := Load(write("small.yaml", small), extra)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := slugs(c), []string{"chat", "mine"}; !slices.Equal(got, want) {
			t.Errorf("services = %v, want %v", got, want)
		}
		chat, _ := c.Service("chat")
		if chat.Names["en"] != "Chat 2" || !chat.HasSymptom("smell") {
			t.Errorf("chat = %+v, want the one of the extra file with the symptoms of its category", chat)
		}
		if p, _ := c.Provider("chat"); p.Names["en"] != "The Chat Company" {
			t.Errorf("provider of chat = %v, want the one of the extra file", p)
		}
		if len(c.Categories()) != 1 {
			t.Errorf("%d categories, want the one, replaced", len(c.Categories()))
		}
	})
	t.Run("an extra file adds to the default", func(t *testing.T) {
		c, err := Load("", write("extra.yaml", "services:\n  my-shop: {names: {en: My shop}, category: shopping}\n"))
		if err != nil {
			t.Fatal(err)
		}
		if got, want := len(c.Services()), len(Default().Services())+1; got != want {
			t.Errorf("%d services, want %d", got, want)
		}
		if _, ok := Default().Service("my-shop"); ok {
			t.Error("the default catalog changed")
		}
	})
	t.Run("an extra file may be empty", func(t *testing.T) {
		if _, err := Load("", write("extra.yaml", "# none yet\n")); err != nil {
			t.Error(err)
		}
	})
	t.Run("a problem of the extra file names that file", func(t *testing.T) {
		extra := write("extra.yaml", "services:\n  mine: {names: {en: Mine}, category: nothing}\n")
		_, err := Load("", extra)
		if err == nil || !strings.HasPrefix(err.Error(), extra+`:2: category "nothing" is unknown`) {
			t.Errorf("Load = %v, want the problem of %s:2", err, extra)
		}
	})
	t.Run("problems of the first file come first", func(t *testing.T) {
		base := write("z.yaml", small+"\n\n  bad: {names: {en: Bad}, category: none}\n")
		extra := write("a.yaml", "services:\n  chat: {names: {en: Chat}, category: none}\n")
		_, err := Load(base, extra)
		if err == nil {
			t.Fatal("Load = nil, want errors")
		}
		first, second, _ := strings.Cut(err.Error(), "\n")
		if !strings.HasPrefix(first, base+":13: ") || !strings.HasPrefix(second, extra+":2: ") {
			t.Errorf("Load = %v, want %s:13 before %s:2", err, base, extra)
		}
	})
	t.Run("an entry that replaces another is checked like any", func(t *testing.T) {
		base := write("base.yaml", small)
		_, err := Load(base, write("extra.yaml", "categories:\n  messaging: {names: {en: M}, symptoms: [gone, other]}\n"))
		if err == nil || !strings.Contains(err.Error(), `extra.yaml:2: symptom "gone" is unknown`) {
			t.Errorf("Load = %v, want the problem of extra.yaml:2", err)
		}
	})
	t.Run("a missing file is an error", func(t *testing.T) {
		missing := filepath.Join(dir, "missing.yaml")
		for _, args := range [][2]string{{missing, ""}, {"", missing}} {
			if _, err := Load(args[0], args[1]); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("Load(%q, %q) = %v, want an error that the file does not exist", args[0], args[1], err)
			}
		}
	})
}
