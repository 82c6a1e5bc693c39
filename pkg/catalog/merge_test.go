package catalog

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// folderOf writes files into a new folder and returns its path.
func folderOf(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// withExtra returns the built-in catalog with an added file.
func withExtra(t *testing.T, text string) *Catalog {
	t.Helper()
	c, err := Load("", filepath.Join(folderOf(t, map[string]string{"extra.yaml": text}), "extra.yaml"))
	if err != nil {
		t.Fatalf("Load with %q: %v", text, err)
	}
	return c
}

// changesOf returns the descriptions of changes with the line of each.
func changesOf(c *Catalog) (all []string) {
	for _, change := range c.Changes() {
		all = append(all, change.Place[strings.LastIndex(change.Place, ":")+1:]+": "+change.String())
	}
	return all
}

func TestAnAddedFileChangesFieldByField(t *testing.T) {
	before, _ := Default().Service("whatsapp")
	c := withExtra(t, "services:\n  whatsapp:\n    names: {de: Wotsapp}\n    symptoms: [messaging, other]\n    warning_networks: 7\n")
	after, ok := c.Service("whatsapp")
	if !ok {
		t.Fatal("whatsapp is gone")
	}
	if after.Names["de"] != "Wotsapp" || after.Names["bn"] != before.Names["bn"] || after.Names["en"] != before.Names["en"] {
		t.Errorf("names = %v, want those of %v with another German one", after.Names, before.Names)
	}
	if !slices.Equal(after.Symptoms, []string{"messaging", "other"}) || after.WarningNetworks != 7 {
		t.Errorf("whatsapp = %+v, want the symptoms and the quorum of the file", after)
	}
	if after.Provider != before.Provider || after.Category != before.Category || !slices.Equal(after.Aliases, before.Aliases) {
		t.Errorf("whatsapp = %+v, want the other fields of %+v", after, before)
	}
	if got, want := changesOf(c), []string{`2: service "whatsapp" was there and has other names.de, symptoms, warning_networks`}; !slices.Equal(got, want) {
		t.Errorf("changes = %q, want %q", got, want)
	}
	if now, _ := Default().Service("whatsapp"); now.Names["de"] == "Wotsapp" || now.WarningNetworks == 7 {
		t.Error("the built-in catalog changed")
	}
}

func TestAnAddedFileHasItsOwnCategoriesProvidersAndSymptoms(t *testing.T) {
	c := withExtra(t, `symptoms:
  printing: {en: Printing, de: Drucken}
categories:
  campus: {names: {en: Campus, de: Campus}, symptoms: [login, printing, other]}
providers:
  university: {en: The University}
services:
  campus-print: {names: {en: Campus Print}, category: campus, provider: university}
`)
	s, ok := c.Service("campus-print")
	if !ok || s.Provider != "university" || !s.HasSymptom("printing") {
		t.Fatalf("campus-print = %+v, want one of the university that can be printed with", s)
	}
	if _, ok := c.Category("campus"); !ok || c.Categories()[len(c.Categories())-1].ID != "campus" {
		t.Error("the category is not the last")
	}
	if found := slugsOf(c.Search("university", 0)); !slices.Equal(found, []string{"campus-print"}) {
		t.Errorf("Search(university) = %v, want the service", found)
	}
	want := []string{`2: symptom "printing" is added`, `6: provider "university" is added`, `4: category "campus" is added`, `8: service "campus-print" is added`}
	if got := changesOf(c); !slices.Equal(got, want) {
		t.Errorf("changes = %q, want %q", got, want)
	}
}

func TestServicesCanBeHidden(t *testing.T) {
	t.Run("one", func(t *testing.T) {
		c := withExtra(t, "services:\n  telegram: {hidden: true}\n")
		if c.HasService("telegram") || len(c.Search("telegram", 0)) > 0 {
			t.Error("telegram is still there")
		}
		if got, want := changesOf(c), []string{`2: service "telegram" is hidden`}; !slices.Equal(got, want) {
			t.Errorf("changes = %q, want %q", got, want)
		}
	})
	t.Run("a category", func(t *testing.T) {
		c := withExtra(t, "categories:\n  games: {hidden: true}\n")
		for _, s := range c.Services() {
			if s.Category == "games" {
				t.Errorf("%s is still there", s.Slug)
			}
		}
		if slices.ContainsFunc(c.Categories(), func(k *Category) bool { return k.ID == "games" }) {
			t.Error("the category is still listed")
		}
	})
	t.Run("one that others depend on", func(t *testing.T) {
		c := withExtra(t, "services:\n  depended: {names: {en: D}, category: cloud}\n  depends: {names: {en: E}, category: cloud, depends_on: [depended]}\n")
		if _, needs := c.DependenciesOf("depends"); !slices.Equal(needs, []string{"depended"}) {
			t.Fatalf("dependencies = %v", needs)
		}
		var hidden, dependent string // built-in ones
		for _, s := range Default().Services() {
			if len(s.DependsOn) > 0 {
				hidden, dependent = s.DependsOn[0], s.Slug
			}
		}
		c = withExtra(t, "services:\n  "+hidden+": {hidden: true}\n")
		if _, needs := c.DependenciesOf(dependent); slices.Contains(needs, hidden) {
			t.Errorf("%s depends on %v, want nothing hidden", dependent, needs)
		}
		if got := strings.Join(changesOf(c), "\n"); !strings.Contains(got, `service "`+dependent+`" no longer depends on "`+hidden+`", which is hidden`) {
			t.Errorf("changes = %s, want a note about %s", got, dependent)
		}
	})
	t.Run("one whose provider others name", func(t *testing.T) {
		base := filepath.Join(folderOf(t, map[string]string{"base.yaml": `symptoms: {other: {en: Other}}
categories: {c: {names: {en: C}, symptoms: [other]}}
services:
  parent: {names: {en: Parent}, category: c}
  child: {names: {en: Child}, category: c, provider: parent}
`}), "base.yaml")
		extra := filepath.Join(folderOf(t, map[string]string{"extra.yaml": "services:\n  parent: {hidden: true}\n"}), "extra.yaml")
		c, err := Load(base, extra)
		if err != nil {
			t.Fatal(err)
		}
		if p, ok := c.Provider("parent"); !ok || p.Names["en"] != "Parent" {
			t.Errorf("the provider is %v, want the one of the hidden service", p)
		}
		if got := slugsOf(c.Services()); !slices.Equal(got, []string{"child"}) {
			t.Errorf("services = %v, want the child", got)
		}
	})
	t.Run("and shown again by a later file", func(t *testing.T) {
		c, err := Load("", folderOf(t, map[string]string{"1.yaml": "services:\n  telegram: {hidden: true}\n", "2.yaml": "services:\n  telegram: {hidden: false}\n"}))
		if err != nil || !c.HasService("telegram") {
			t.Errorf("Load = %v, and telegram is hidden", err)
		}
	})
}

func TestAFolderIsReadInTheOrderOfItsNames(t *testing.T) {
	c, err := Load("", folderOf(t, map[string]string{
		"20-b.yml":     "services:\r\n  mine: {names: {en: Second}, category: messaging}\r\n",
		"10-a.yaml":    "\ufeffservices:\n  mine: {names: {en: First, de: Erste}, category: email}\n",
		"notes.txt":    "not a catalog",
		".30-old.yaml": "also: not",
		"40.yaml":      "",
	}))
	if err != nil {
		t.Fatal(err)
	}
	s, _ := c.Service("mine")
	if s.Names["en"] != "Second" || s.Names["de"] != "Erste" || s.Category != "messaging" {
		t.Errorf("mine = %+v, want the fields of the second file over those of the first", s)
	}
	if c, err := Load("", t.TempDir()); err != nil || len(c.Services()) != len(Default().Services()) {
		t.Errorf("Load with an empty folder = %v, want the built-in catalog", err)
	}
	if _, err := Load("", folderOf(t, map[string]string{"catalog.json": "{}"})); err == nil || !strings.Contains(err.Error(), "name the files so") {
		t.Errorf("Load of a folder with other files = %v, want an error that says what to do", err)
	}
}

func TestWhatIsWrongInAnAddedFileIsNamed(t *testing.T) {
	for text, want := range map[string]string{
		"services:\n  whatsapp: {naems: {en: X}}\n":                                           `extra.yaml:2: service "whatsapp" has no field "naems"; use names, provider`,
		"services:\n  whatsapp:\n    names: {en: A}\n  whatsapp:\n    names: {en: B}\n":       `extra.yaml:4: service "whatsapp" is already on line 2; remove one of them`,
		"services:\n  mine: {category: email}\n":                                              `extra.yaml:2: service "mine" has no English name`,
		"services:\n  telegram: {hidden: maybe}\n":                                            `extra.yaml:2: hidden is not true or false; write one of them`,
		"services:\n  telegram: {hidden: true}\n  whatsapp: {depends_on: [telegram]}\n":       `extra.yaml:3: service "telegram", on which "whatsapp" depends, is hidden; remove it here, or show it`,
		"categories:\n  campus: {names: {en: C}, symptoms: [other], colour: red}\n":           `extra.yaml:2: category "campus" has no field "colour"`,
		"services:\n  whatsapp: {provider: nobody}\n":                                         `extra.yaml:2: provider "nobody" is unknown`,
		"services:\r\n  mine: {names: {en: Mine}, category: email}\r\n  bad:\r\n    x: 1\r\n": `extra.yaml:4: service "bad" has no field "x"`,
	} {
		path := filepath.Join(folderOf(t, map[string]string{"extra.yaml": text}), "extra.yaml")
		if _, err := Load("", path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Load with %q = %v, want an error with %q", text, err, want)
		}
	}
	var all strings.Builder
	all.WriteString("services:\n")
	for _, s := range Default().Services() {
		all.WriteString("  " + s.Slug + ": {hidden: true}\n")
	}
	path := filepath.Join(folderOf(t, map[string]string{"extra.yaml": all.String()}), "extra.yaml")
	if _, err := Load("", path); err == nil || !strings.Contains(err.Error(), "all services are hidden; leave at least one") {
		t.Errorf("Load with every service hidden = %v, want an error", err)
	}
}

func TestWordsOfTwoServicesAreNoted(t *testing.T) {
	c := withExtra(t, "services:\n  wa-campus: {names: {en: WhatsApp}, category: messaging, aliases: [insta]}\n")
	got := strings.Join(changesOf(c), "\n")
	for _, want := range []string{
		`2: service "wa-campus" is also found by "whatsapp", a word of "whatsapp"; a search lists both`,
		`2: service "wa-campus" is also found by "insta", a word of "instagram"; a search lists both`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("changes = %s\nwant a note %q", got, want)
		}
	}
	if c := withExtra(t, "services:\n  wa-campus: {names: {en: Campus}, category: messaging}\n"); len(c.Changes()) != 1 {
		t.Errorf("changes = %q, want only that it is added", changesOf(c))
	}
}

func TestACatalogIsReplacedAtOnce(t *testing.T) {
	c := Default().Copy()
	next := withExtra(t, "services:\n  mine: {names: {en: Mine}, category: email}\n  telegram: {hidden: true}\n  whatsapp: {names: {en: WA}}\n")
	added, removed, changed := Difference(c, next)
	if !slices.Equal(added, []string{"mine"}) || !slices.Equal(removed, []string{"telegram"}) || !slices.Equal(changed, []string{"whatsapp"}) {
		t.Errorf("Difference = %v, %v, %v, want mine, telegram, whatsapp", added, removed, changed)
	}
	c.Replace(next)
	if !c.HasService("mine") || c.HasService("telegram") {
		t.Error("the catalog does not have the new content")
	}
	if Default().HasService("mine") {
		t.Error("the built-in catalog changed")
	}
}
