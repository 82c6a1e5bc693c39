package catalog

import (
	"strings"
	"testing"
)

// FuzzParse checks that Parse never panics, that its errors name a line, and that
// every catalog it returns is valid.
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
					t.Errorf("Parse: problem %q does not name its place", line)
				}
			}
			return
		}
		wantValid(t, c)
		for _, s := range c.Services() {
			if found := c.Search(s.Slug, 0); len(found) == 0 {
				t.Errorf("Search(%q, 0) = [], want the service", s.Slug)
			}
		}
	})
}

// wantValid checks what holds for every catalog.
func wantValid(t *testing.T, c *Catalog) {
	t.Helper()
	if len(c.Services()) == 0 {
		t.Error("Services() is empty")
	}
	for _, s := range c.Services() {
		if idProblem(s.Slug) != "" || Reserved(s.Slug) {
			t.Errorf("slug %q is not an ID or is reserved", s.Slug)
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
			t.Errorf("%s has the symptoms %v, want 1 to %d that end with other", s.Slug, s.Symptoms, maxSymptoms)
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
