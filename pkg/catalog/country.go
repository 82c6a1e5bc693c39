package catalog

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // for machines without a time zone database
)

// Country is a country or territory of ISO 3166-1, Kosovo (XK) or the unknown
// country (ZZ).
type Country struct {
	Code       string // ISO 3166-1 alpha-2
	Names      Names
	Population int64  // people, rounded; 0 if unknown
	Zone       string // IANA name of the time zone that most people live in

	location *time.Location // of Zone
}

// countriesJSON has names and zones from the Unicode CLDR, and populations from
// the United Nations, World Population Prospects 2024. Populations are rounded to
// two or three significant digits, which is enough for reports per million people.
//
//go:generate node gen/countries.mjs countries.json
//go:embed countries.json
var countriesJSON []byte

// atlas holds the countries, which are the same for every catalog.
type atlas struct {
	countries []*Country // sorted by code, without ZZ
	byCode    map[string]*Country
}

// world returns the embedded countries, parsed at the first call.
var world = sync.OnceValue(func() *atlas {
	a, err := readAtlas(countriesJSON)
	if err != nil {
		panic(fmt.Sprintf("catalog: embedded countries.json: %v", err))
	}
	return a
})

func readAtlas(data []byte) (*atlas, error) {
	var file struct {
		Countries []*Country `json:"countries"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, err
	}
	a := &atlas{byCode: make(map[string]*Country, len(file.Countries))}
	for _, country := range file.Countries {
		location, err := time.LoadLocation(country.Zone)
		if err != nil {
			return nil, fmt.Errorf("time zone of %s: %w", country.Code, err)
		}
		country.location = location
		a.byCode[country.Code] = country
		if country.Code != "ZZ" {
			a.countries = append(a.countries, country)
		}
	}
	slices.SortFunc(a.countries, func(x, y *Country) int { return strings.Compare(x.Code, y.Code) })
	a.countries = slices.Clip(a.countries)
	return a, nil
}
