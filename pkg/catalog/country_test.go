package catalog

import (
	"slices"
	"strings"
	"testing"
)

func TestCountriesAreComplete(t *testing.T) {
	c := Default()
	countries := c.Countries()
	// ISO 3166-1 has 249 codes; Kosovo is the 250th.
	if len(countries) != 250 {
		t.Errorf("len(Countries()) = %d, want 250", len(countries))
	}
	if !slices.IsSortedFunc(countries, func(a, b *Country) int { return strings.Compare(a.Code, b.Code) }) {
		t.Error("countries are not sorted by code")
	}
	var people int64
	for _, country := range countries {
		if len(country.Code) != 2 || country.Code == "ZZ" {
			t.Errorf("Countries() has the code %q, want two letters and not ZZ", country.Code)
		}
		for _, lang := range []string{"en", "bn"} {
			if name := country.Names[lang]; name == "" || name == country.Code {
				t.Errorf("%s is called %q in %s, want a name", country.Code, name, lang)
			}
		}
		if found, ok := c.Country(country.Code); !ok || found != country {
			t.Errorf("Country(%q) = %v, %v, want the one of Countries()", country.Code, found, ok)
		}
		people += country.Population
	}
	// The same source gives the world 8.16 billion people.
	if people < 8.12e9 || people > 8.20e9 {
		t.Errorf("%d people in all countries, want about 8.16 billion", people)
	}
}

func TestCountryReturnsNamesAndPopulation(t *testing.T) {
	c := Default()
	tests := []struct {
		code, en, bn string
		population   int64
	}{
		{"BD", "Bangladesh", "বাংলাদেশ", 174_000_000},
		{"IN", "India", "ভারত", 1_450_000_000},
		{"GB", "United Kingdom", "যুক্তরাজ্য", 69_100_000},
		{"XK", "Kosovo", "কসোভো", 1_680_000},
		{"AQ", "Antarctica", "অ্যান্টার্কটিকা", 0},
		{"ZZ", "Unknown Region", "অজানা অঞ্চল", 0},
	}
	for _, tt := range tests {
		got, ok := c.Country(tt.code)
		if !ok || got.Names["en"] != tt.en || got.Names["bn"] != tt.bn || got.Population != tt.population {
			t.Errorf("Country(%q) = %+v, %v, want %+v", tt.code, got, ok, tt)
		}
	}
	for _, code := range []string{"", "UK", "bd", "BGD", "AN"} {
		if got, ok := c.Country(code); ok {
			t.Errorf("Country(%q) = %v, want none", code, got)
		}
	}
}
