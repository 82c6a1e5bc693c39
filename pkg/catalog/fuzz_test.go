package catalog

import (
	"strings"
	"testing"
)

// FuzzParse checks that no content makes Parse panic, that its errors say where,
// and that a catalog it accepts keeps its promises.
func FuzzParse(f *testing.F) {
	f.Add([]byte(small))
	for _, s := range []string{
		"", "---\n", "services: [", "services:\n  a: {names: {en: *x}}\n", "? [a]\n: b\n", "a: |\n\tb",
		"services: {a: {names: {en: \"\\x\"}}}", "%YAML 1.2\n---\na: !t b\n", "- - -\n", "a: 'b\n", "a: >-\n b\n\n c",
		"\ufeffservices:\n", "services:\r\n  a:\r\n", "{a, b: , : c}", "a:\n - b\n  - c\n", "a: .inf\nb: .nan\nc: 0x1\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := Parse("f", data)
		if err != nil {
			for line := range strings.SplitSeq(err.Error(), "\n") {
				if !strings.HasPrefix(line, "f:") && !strings.HasPrefix(line, "and ") {
					t.Errorf("problem %q does not say where", line)
				}
			}
			return
		}
		check(t, c)
		for _, s := range c.Services() {
			if found := c.Search(s.Slug, 0); len(found) == 0 {
				t.Errorf("Search(%q) found nothing", s.Slug)
			}
		}
	})
}

// check asserts what every catalog promises.
func check(t *testing.T, c *Catalog) {
	t.Helper()
	if len(c.Services()) == 0 {
		t.Error("no services")
	}
	for _, s := range c.Services() {
		if badID(s.Slug) != "" || Reserved(s.Slug) {
			t.Errorf("slug %q", s.Slug)
		}
		if s.Names["en"] == "" {
			t.Errorf("%s has no English name", s.Slug)
		}
		if _, ok := c.Provider(s.Provider); !ok {
			t.Errorf("%s has the unknown provider %q", s.Slug, s.Provider)
		}
		if _, ok := c.Category(s.Category); !ok {
			t.Errorf("%s has the unknown category %q", s.Slug, s.Category)
		}
		if n := len(s.Symptoms); n == 0 || n > maxSymptoms || s.Symptoms[n-1] != "other" {
			t.Errorf("%s has the symptoms %v", s.Slug, s.Symptoms)
		}
		for _, id := range s.Symptoms {
			if symptom, ok := c.Symptom(id); !ok || symptom.Names["en"] == "" {
				t.Errorf("%s has the unknown symptom %q", s.Slug, id)
			}
		}
		for _, slug := range s.DependsOn {
			if _, ok := c.Service(slug); !ok {
				t.Errorf("%s depends on the unknown %q", s.Slug, slug)
			}
		}
	}
}
