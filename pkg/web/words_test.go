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
	plurals  = []string{"one", "other"} // of English and Bengali alike
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
			if diff := cmp.Diff(slices.Sorted(maps.Keys(forms)), slices.Sorted(maps.Keys(other[key]))); diff != "" {
				t.Errorf("%s: plural forms in %s and %s differ: %s", key, codes[0], code, diff)
			}
			for form, text := range other[key] {
				a, b := rooms(forms[form]), rooms(text)
				if form == "one" { // "in the last minute", or "in the last 1 minutes" as Bengali says
					a, b = without(a, "N"), without(b, "N")
				}
				if !slices.Equal(a, b) {
					t.Errorf("%s (%s %s): values %v, in %s %v", key, code, form, b, codes[0], a)
				}
				if a, b := len(strong.FindAllString(forms[form], -1)), len(strong.FindAllString(text, -1)); a != b || b%2 != 0 {
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

func TestPluralFormsAreComplete(t *testing.T) {
	for _, code := range codes {
		for key, forms := range messageFile(t, code) {
			if _, plain := forms[""]; plain {
				continue
			}
			if got := slices.Sorted(maps.Keys(forms)); !slices.Equal(got, plurals) {
				t.Errorf("%s (%s): plural forms %v, want %v", key, code, got, plurals)
			}
		}
	}
}

func TestBengaliHasItsOwnDigits(t *testing.T) {
	for key, forms := range messageFile(t, "bn") {
		for _, text := range forms {
			if noNumber.MatchString(text) {
				t.Errorf("%s: Latin digits in %q", key, text)
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
		"hi":                          "en",
		"*":                           "en",
		"not a header;;;q=":           "en",
		strings.Repeat("bn,", 10_000): "en",
	} {
		if got := codes[negotiate(header)]; got != want {
			t.Errorf("negotiate(%.40q) = %s, want %s", header, got, want)
		}
	}
}
