package view

import (
	_ "embed"
	"strings"
	"sync"
)

// countryOrderText lists the codes of all countries for each language, in the order
// of their names, which is computed when they change: the rules of all scripts would
// make the program larger by more than a megabyte.
//
//go:generate go test . -run TestCountriesAreInTheOrderOfTheirNames -update
//go:embed country_order.txt
var countryOrderText string

// countryOrder holds the codes of all countries by language, in the order of their
// names.
var countryOrder = sync.OnceValue(func() map[string][]string {
	order := map[string][]string{}
	for line := range strings.Lines(countryOrderText) {
		if lang, codes, ok := strings.Cut(line, ":"); ok {
			order[lang] = strings.Fields(codes)
		}
	}
	return order
})
