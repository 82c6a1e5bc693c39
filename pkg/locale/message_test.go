package locale

import (
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/outcry/outcry/frontend"
	"github.com/outcry/outcry/pkg/catalog"
)

// readMessages returns the messages of a language: key → plural form → text, with
// the form "" for messages without.
func readMessages(t *testing.T, code string) map[string]map[string]string {
	t.Helper()
	data, err := fs.ReadFile(frontend.Files, "locales/"+code+".json")
	if err != nil {
		t.Fatal(err)
	}
	var raw map[string]any
	if err := json.Unmarshal(data, &raw); err != nil {
		t.Fatalf("locales/%s.json: %v", code, err)
	}
	all := map[string]map[string]string{}
	for key, value := range raw {
		switch v := value.(type) {
		case string:
			all[key] = map[string]string{"": v}
		case map[string]any:
			all[key] = map[string]string{}
			for form, text := range v {
				all[key][form] = text.(string)
			}
		}
	}
	return all
}

var (
	literal     = regexp.MustCompile(`"([a-z][a-z0-9]*(?:_[a-z0-9]+)*)"`)
	usedKey     = regexp.MustCompile(`(?:Say|Fill|Count|CountRounded|CountText|Moment)\(?\s*"([a-z0-9_]+)"`)
	placeholder = regexp.MustCompile(`\{\{\.(\w+)\}\}`)
	strongMark  = regexp.MustCompile(`\*\*`)
	latinDigit  = regexp.MustCompile(`[0-9]`)
)

// sources returns the templates and the code that use messages, without tests.
func sources(t *testing.T) string {
	t.Helper()
	var files []string
	for _, pattern := range []string{"*.go", "../view/*.go", "../embed/*.go", "../web/*.go", "../../frontend/templates/*"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	var b strings.Builder
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(data)
	}
	return b.String()
}

func TestEveryKeyThatTheCodeUsesHasAMessage(t *testing.T) {
	keys := readMessages(t, Codes()[0])
	uses := usedKey.FindAllStringSubmatch(sources(t), -1)
	if len(uses) < 100 {
		t.Fatalf("found %d uses of a message: the pattern no longer fits the code", len(uses))
	}
	for _, m := range uses {
		if _, ok := keys[m[1]]; !ok {
			t.Errorf("the message %q is used and does not exist", m[1])
		}
	}
}

func TestEveryMessageIsUsed(t *testing.T) {
	used := map[string]bool{}
	for _, m := range literal.FindAllStringSubmatch(sources(t), -1) {
		used[m[1]] = true
	}
	for key := range readMessages(t, Codes()[0]) {
		if !used[key] {
			t.Errorf("the message %q is never used", key)
		}
	}
}

func TestLanguagesHaveTheSameMessages(t *testing.T) {
	first := readMessages(t, Codes()[0])
	for _, code := range Codes()[1:] {
		other := readMessages(t, code)
		if diff := cmp.Diff(slices.Sorted(maps.Keys(first)), slices.Sorted(maps.Keys(other))); diff != "" {
			t.Fatalf("the keys of %s and %s differ (-%[1]s +%[2]s):\n%[3]s", Codes()[0], code, diff)
		}
		for key, forms := range first {
			if _, plain := forms[""]; plain != (len(other[key]) == 1 && other[key][""] != "") {
				t.Errorf("%s: has plural forms in only one of %s and %s", key, Codes()[0], code)
				continue
			}
			for form, text := range other[key] {
				first := forms[form]
				if _, given := forms[form]; !given {
					first = forms["other"]
				}
				a, b := placeholders(first), placeholders(text)
				if slices.Contains([]string{"zero", "one", "two"}, form) { // "in the last minute", or "in the last 1 minutes" as Bengali says
					a, b = without(a, "N"), without(b, "N")
				}
				if !slices.Equal(a, b) {
					t.Errorf("%s (%s %s): values %v, in %s %v", key, code, form, b, Codes()[0], a)
				}
				if a, b := len(strongMark.FindAllString(first, -1)), len(strongMark.FindAllString(text, -1)); a != b || b%2 != 0 {
					t.Errorf("%s (%s %s): has %d marks of the strong part, and %d in %s", key, code, form, b, a, Codes()[0])
				}
			}
		}
	}
}

func without(all []string, one string) []string {
	return slices.DeleteFunc(all, func(s string) bool { return s == one })
}

func placeholders(text string) []string {
	var all []string
	for _, m := range placeholder.FindAllStringSubmatch(text, -1) {
		all = append(all, m[1])
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// languagePlurals are the forms of each language that a message may have, after
// the CLDR; "other" is always there, and stands for those left out.
var languagePlurals = map[string][]string{
	"en": {"one", "other"}, "bn": {"one", "other"}, "hi": {"one", "other"}, "de": {"one", "other"},
	"es": {"one", "many", "other"}, "pt": {"one", "many", "other"}, "it": {"one", "many", "other"},
	"ar": {"zero", "one", "two", "few", "many", "other"},
}

func TestPluralFormsAreThoseOfTheLanguage(t *testing.T) {
	for _, code := range Codes() {
		for key, forms := range readMessages(t, code) {
			if _, plain := forms[""]; plain {
				continue
			}
			for form := range forms {
				if !slices.Contains(languagePlurals[code], form) {
					t.Errorf("%s (%s): has the plural form %q, the language has %v", key, code, form, languagePlurals[code])
				}
			}
			if forms["one"] == "" || forms["other"] == "" {
				t.Errorf("%s (%s): lacks the form one or other", key, code)
			}
		}
	}
}

func TestPluralFormsAreChosen(t *testing.T) {
	for n, want := range map[int64]string{1: "بلاغ واحد", 2: "بلاغان", 3: "٣ بلاغات", 11: "١١ بلاغًا", 100: "١٠٠ بلاغ"} {
		if got := loadLocale(t, "ar").Count("n_reports", n, nil); got != want {
			t.Errorf("Count(n_reports, %d) in Arabic = %q, want %q", n, got, want)
		}
	}
	// The Spanish file leaves out the form "many".
	if got, want := loadLocale(t, "es").Count("n_reports", 1_000_000, nil), "1.000.000 avisos"; got != want {
		t.Errorf("Count(n_reports, 1000000) in Spanish = %q, want %q", got, want)
	}
}

func TestBengaliAndArabicHaveTheirOwnDigits(t *testing.T) {
	for _, code := range []string{"bn", "ar"} {
		for key, forms := range readMessages(t, code) {
			for _, text := range forms {
				if latinDigit.MatchString(text) {
					t.Errorf("%s: Latin digits in %q", key, text)
				}
			}
		}
	}
}

func TestEverySymptomAndCategoryHasANameInEveryLanguage(t *testing.T) {
	c := catalog.Default()
	for _, category := range c.Categories() {
		for _, code := range Codes() {
			if category.Names[code] == "" {
				t.Errorf("the category %s has no name in %s", category.ID, code)
			}
			for _, id := range category.Symptoms {
				if symptom, _ := c.Symptom(id); symptom.Names[code] == "" {
					t.Errorf("the symptom %s has no name in %s", id, code)
				}
			}
		}
	}
}
