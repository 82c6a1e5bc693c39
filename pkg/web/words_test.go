package web

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

// messageFile returns the messages of a language: key → plural form → text, with
// the form "" for messages without.
func messageFile(t *testing.T, code string) map[string]map[string]string {
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
	literal  = regexp.MustCompile(`"([a-z][a-z0-9]*(?:_[a-z0-9]+)*)"`)
	asked    = regexp.MustCompile(`(?:Say|fill|count|countText|moment)\(?\s*"([a-z0-9_]+)"`)
	room     = regexp.MustCompile(`\{\{\.(\w+)\}\}`)
	strong   = regexp.MustCompile(`\*\*`)
	noNumber = regexp.MustCompile(`[0-9]`)
)

// source returns the templates and the code of this package, without its tests.
func source(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	own, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	templates, err := filepath.Glob("../../frontend/templates/*.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(own, templates...) {
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

func TestEveryMessageThatIsAskedForExists(t *testing.T) {
	keys := messageFile(t, codes[0])
	asks := asked.FindAllStringSubmatch(source(t), -1)
	if len(asks) < 100 {
		t.Fatalf("found %d places that ask for a message; the pattern no longer fits the code", len(asks))
	}
	for _, m := range asks {
		if _, ok := keys[m[1]]; !ok {
			t.Errorf("message %q is asked for and not there", m[1])
		}
	}
}

func TestEveryMessageIsAskedFor(t *testing.T) {
	used := map[string]bool{}
	for _, m := range literal.FindAllStringSubmatch(source(t), -1) {
		used[m[1]] = true
	}
	for key := range messageFile(t, codes[0]) {
		if !used[key] {
			t.Errorf("message %q is never asked for", key)
		}
	}
}

func TestLanguagesHaveTheSameMessages(t *testing.T) {
	first := messageFile(t, codes[0])
	for _, code := range codes[1:] {
		other := messageFile(t, code)
		if diff := cmp.Diff(slices.Sorted(maps.Keys(first)), slices.Sorted(maps.Keys(other))); diff != "" {
			t.Fatalf("keys of %s and %s differ: %s", codes[0], code, diff)
		}
		for key, forms := range first {
			if _, plain := forms[""]; plain != (len(other[key]) == 1 && other[key][""] != "") {
				t.Errorf("%s: has plural forms in only one of %s and %s", key, codes[0], code)
				continue
			}
			for form, text := range other[key] {
				first := forms[form]
				if _, given := forms[form]; !given {
					first = forms["other"]
				}
				a, b := rooms(first), rooms(text)
				if slices.Contains([]string{"zero", "one", "two"}, form) { // "in the last minute", or "in the last 1 minutes" as Bengali says
					a, b = without(a, "N"), without(b, "N")
				}
				if !slices.Equal(a, b) {
					t.Errorf("%s (%s %s): values %v, in %s %v", key, code, form, b, codes[0], a)
				}
				if a, b := len(strong.FindAllString(first, -1)), len(strong.FindAllString(text, -1)); a != b || b%2 != 0 {
					t.Errorf("%s (%s %s): has %d marks of the strong part, and %d in %s", key, code, form, b, a, codes[0])
				}
			}
		}
	}
}

func without(all []string, one string) []string {
	return slices.DeleteFunc(all, func(s string) bool { return s == one })
}

func rooms(text string) []string {
	var all []string
	for _, m := range room.FindAllStringSubmatch(text, -1) {
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
	for _, code := range codes {
		for key, forms := range messageFile(t, code) {
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
	all, err := locales(frontend.Files)
	if err != nil {
		t.Fatal(err)
	}
	ar := all[slices.Index(codes, "ar")]
	for n, want := range map[int64]string{1: "بلاغ واحد", 2: "بلاغان", 3: "٣ بلاغات", 11: "١١ بلاغًا", 100: "١٠٠ بلاغ"} {
		if got := ar.count("n_reports", n, nil); got != want {
			t.Errorf("%d reports in Arabic: %q, want %q", n, got, want)
		}
	}
	es := all[slices.Index(codes, "es")]
	if got := es.count("n_reports", 1_000_000, nil); got != "1.000.000 avisos" {
		t.Errorf("a million reports in Spanish, which leaves out the form many: %q", got)
	}
}

func TestBengaliAndArabicHaveTheirOwnDigits(t *testing.T) {
	for _, code := range []string{"bn", "ar"} {
		for key, forms := range messageFile(t, code) {
			for _, text := range forms {
				if noNumber.MatchString(text) {
					t.Errorf("%s: Latin digits in %q", key, text)
				}
			}
		}
	}
}

func TestEverySymptomAndCategoryHasANameInEveryLanguage(t *testing.T) {
	c := catalog.Default()
	for _, category := range c.Categories() {
		for _, code := range codes {
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

func TestNumbersAreWrittenInTheLanguage(t *testing.T) {
	all, err := locales(frontend.Files)
	if err != nil {
		t.Fatal(err)
	}
	en, bn := all[0], all[1]
	for _, c := range []struct{ what, got, want string }{
		{"number en", en.Number(236_900), "236,900"},
		{"number bn", bn.Number(236_900), "২,৩৬,৯০০"},
		{"round en", en.round(236_900), "237,000"},
		{"round below a thousand", en.round(999), "999"},
		{"round 1,240", en.round(1_240), "1,240"},
		{"round 1,245", en.round(1_245), "1,250"},
		{"round up a digit", en.round(99_960), "100,000"},
		{"percent bn", bn.percent(.612, 1), "৬১.২%"},
		{"clock bn", bn.clock(at("06:55")), "০৬:৫৫"},
		{"date en", en.date(now), "25 October 2022"},
		{"date bn", bn.date(now), "২৫ অক্টোবর ২০২২"},
		{"usual unknown", en.usual(0), "–"},
		{"usual below one", en.usual(.4), "<1"},
		{"usual below one bn", bn.usual(.4), "<১"},
		{"times small", en.times(10, 4), "2.5×"},
		{"times large", en.times(68_000, 40), "1,700×"},
		{"times of nearly nothing", en.times(90, .3), "–"},
		{"window", en.within(15 * 60e9), "in the last 15 minutes"},
		{"window of an hour", en.within(3600e9), "in the last hour"},
		{"window bn", bn.within(86400e9), "গত ২৪ ঘণ্টায়"},
		{"symptom", en.inline("Messaging"), "messaging"},
		{"acronym", en.inline("SMS"), "SMS"},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %q, want %q", c.what, c.got, c.want)
		}
	}
}

func TestNegotiate(t *testing.T) {
	for header, want := range map[string]string{
		"":                            "en",
		"bn":                          "bn",
		"bn-BD,bn;q=0.9,en;q=0.5":     "bn",
		"en-GB,bn;q=0.3":              "en",
		"fr-FR,fr;q=0.9":              "en",
		"fr,bn;q=0.4":                 "bn",
		"hi":                          "hi",
		"pt-BR,pt;q=0.9":              "pt",
		"ar-EG":                       "ar",
		"sw,de-AT;q=0.3":              "de",
		"*":                           "en",
		"not a header;;;q=":           "en",
		strings.Repeat("bn,", 10_000): "en",
	} {
		if got := codes[negotiate(header)]; got != want {
			t.Errorf("negotiate(%.40q) = %s, want %s", header, got, want)
		}
	}
}
