package catalog

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// small is a valid catalog. Its last line is line 10.
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

func TestParseReadsAService(t *testing.T) {
	c, err := Parse("small.yaml", []byte(small))
	if err != nil {
		t.Fatalf("Parse(small) = %v, want no error", err)
	}
	got, ok := c.Service("chat")
	if !ok {
		t.Fatal(`Service("chat") = false, want true`)
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
		t.Errorf("HasSymptom: connection %v, login %v, want true, false", got.HasSymptom("connection"), got.HasSymptom("login"))
	}
}

func TestParseReadsEveryFieldOfAService(t *testing.T) {
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

func TestDependenciesIncludeIndirectOnes(t *testing.T) {
	c, err := Parse("c.yaml", []byte(small+`  power: {names: {en: Power}, category: messaging}
  host: {names: {en: Host}, category: messaging, depends_on: [power]}
  dns: {names: {en: DNS}, category: messaging, depends_on: [power]}
  talk: {names: {en: Talk}, category: messaging, depends_on: [host, dns]}
`))
	if err != nil {
		t.Fatal(err)
	}
	for slug, want := range map[string][]string{"talk": {"dns", "host", "power"}, "host": {"power"}, "power": nil, "nobody": nil} {
		if got := c.dependencies(slug); !slices.Equal(got, want) {
			t.Errorf("dependencies(%q) = %v, want %v", slug, got, want)
		}
	}
}

func TestParseAcceptsNamesOfAllScripts(t *testing.T) {
	for name, text := range map[string]string{
		"as long as allowed":              strings.Repeat("ক", maxName),
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

func TestParseReportsProblemsWithTheirLine(t *testing.T) {
	// bad returns small with another service, which begins on line 11.
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

		{"no number of networks", bad(good, "category: messaging", "outage_networks: few"), "14: outage_networks is not a number of networks; write a whole number from 1 to 1000"},
		{"networks in part", bad(good, "category: messaging", "warning_networks: 2.5"), "14: warning_networks is not a number of networks"},
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
		{"an unknown language", bad("names: {en: Bad, english: Bad}"), `12: "english" is not a language`},

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

func TestParseLimitsSymptoms(t *testing.T) {
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

func TestParseListsProblemsInOrder(t *testing.T) {
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
