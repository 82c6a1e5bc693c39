package locale

import (
	"strings"
	"testing"

	"github.com/outcry/outcry/frontend"
	"github.com/outcry/outcry/pkg/catalog"
)

// loadLocale returns the locale with this code.
func loadLocale(t *testing.T, code string) *Locale {
	t.Helper()
	all, err := Load(frontend.Files)
	if err != nil {
		t.Fatal(err)
	}
	l, ok := all.ByCode(code)
	if !ok {
		t.Fatalf("ByCode(%q) finds no locale", code)
	}
	return l
}

func TestMatchReturnsTheLanguageThatABrowserPrefers(t *testing.T) {
	all, err := Load(frontend.Files)
	if err != nil {
		t.Fatal(err)
	}
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
		if got := all.Match(header).Code; got != want {
			t.Errorf("Match(%.40q) = %s, want %s", header, got, want)
		}
	}
}

func TestEnglishCountryNamesHaveTheirArticle(t *testing.T) {
	en, de := loadLocale(t, "en"), loadLocale(t, "de")
	for _, c := range []struct{ got, want string }{
		{en.CountryInSentence("GB", "United Kingdom"), "the United Kingdom"},
		{en.CountryInSentence("FR", "France"), "France"},
		{de.CountryInSentence("GB", "Großbritannien"), "Großbritannien"},
	} {
		if c.got != c.want {
			t.Errorf("CountryInSentence = %q, want %q", c.got, c.want)
		}
	}
	for code := range en.articles {
		if _, ok := catalog.Default().Country(code); !ok {
			t.Errorf("%s has an article and is no country of the catalog", code)
		}
	}
}
