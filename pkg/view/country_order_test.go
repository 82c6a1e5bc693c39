package view

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"

	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/locale"
)

var update = flag.Bool("update", false, "write country_order.txt anew")

func TestCountriesAreInTheOrderOfTheirNames(t *testing.T) {
	var b strings.Builder
	for _, lang := range locale.Codes() {
		countries := slices.Clone(catalog.Default().Countries())
		rules := collate.New(language.Make(lang))
		slices.SortStableFunc(countries, func(a, b *catalog.Country) int { return rules.CompareString(a.Names.In(lang), b.Names.In(lang)) })
		fmt.Fprintf(&b, "%s:", lang)
		for _, c := range countries {
			fmt.Fprintf(&b, " %s", c.Code)
		}
		b.WriteByte('\n')
	}
	if *update {
		if err := os.WriteFile("country_order.txt", []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if countryOrderText != b.String() {
		t.Errorf("country_order.txt is not in the order of the names; write it anew with -update")
	}
	for _, lang := range locale.Codes() {
		if got, want := len(countryOrder()[lang]), len(catalog.Default().Countries()); got != want {
			t.Errorf("%s has %d countries in order, want all %d", lang, got, want)
		}
	}
}
