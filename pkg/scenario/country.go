package scenario

import (
	"fmt"
	"sync"
	"time"
	_ "time/tzdata" // so that a replay is the same on every machine
)

// countries lists the countries that scenarios may name, each with the time
// zone of most of its people. The index of a country decides its addresses, so
// new countries go at the end.
var countries = []struct{ code, zone string }{
	{"US", "America/New_York"}, {"GB", "Europe/London"}, {"DE", "Europe/Berlin"}, {"IN", "Asia/Kolkata"},
	{"BR", "America/Sao_Paulo"}, {"NL", "Europe/Amsterdam"}, {"IT", "Europe/Rome"}, {"ES", "Europe/Madrid"},
	{"FR", "Europe/Paris"}, {"BE", "Europe/Brussels"}, {"LK", "Asia/Colombo"}, {"SA", "Asia/Riyadh"},
	{"PH", "Asia/Manila"}, {"SG", "Asia/Singapore"}, {"ZA", "Africa/Johannesburg"}, {"BD", "Asia/Dhaka"},
	{"PK", "Asia/Karachi"}, {"MY", "Asia/Kuala_Lumpur"}, {"ID", "Asia/Jakarta"}, {"TH", "Asia/Bangkok"},
	{"VN", "Asia/Ho_Chi_Minh"}, {"JP", "Asia/Tokyo"}, {"KR", "Asia/Seoul"}, {"TW", "Asia/Taipei"},
	{"HK", "Asia/Hong_Kong"}, {"AU", "Australia/Sydney"}, {"NZ", "Pacific/Auckland"}, {"CA", "America/Toronto"},
	{"MX", "America/Mexico_City"}, {"AR", "America/Argentina/Buenos_Aires"}, {"CL", "America/Santiago"}, {"CO", "America/Bogota"},
	{"PE", "America/Lima"}, {"EC", "America/Guayaquil"}, {"PT", "Europe/Lisbon"}, {"IE", "Europe/Dublin"},
	{"CH", "Europe/Zurich"}, {"AT", "Europe/Vienna"}, {"PL", "Europe/Warsaw"}, {"CZ", "Europe/Prague"},
	{"HU", "Europe/Budapest"}, {"RO", "Europe/Bucharest"}, {"GR", "Europe/Athens"}, {"TR", "Europe/Istanbul"},
	{"SE", "Europe/Stockholm"}, {"NO", "Europe/Oslo"}, {"DK", "Europe/Copenhagen"}, {"FI", "Europe/Helsinki"},
	{"UA", "Europe/Kyiv"}, {"IL", "Asia/Jerusalem"}, {"AE", "Asia/Dubai"}, {"EG", "Africa/Cairo"},
	{"NG", "Africa/Lagos"}, {"KE", "Africa/Nairobi"}, {"GH", "Africa/Accra"}, {"MA", "Africa/Casablanca"},
	{"NP", "Asia/Kathmandu"}, {"MM", "Asia/Yangon"}, {"KZ", "Asia/Almaty"}, {"CR", "America/Costa_Rica"},
	{"PA", "America/Panama"}, {"DO", "America/Santo_Domingo"}, {"HR", "Europe/Zagreb"},
}

// place is the index and the time zone of a country.
type place struct {
	index int // into countries
	zone  *time.Location
}

// places returns the places by country code. The first call builds the map.
var places = sync.OnceValue(func() map[string]place {
	all := make(map[string]place, len(countries))
	for i, c := range countries {
		zone, err := time.LoadLocation(c.zone)
		if err != nil {
			panic(fmt.Sprintf("scenario: time zone of %s: %v", c.code, err)) // cannot happen: zone data is compiled in
		}
		all[c.code] = place{index: i, zone: zone}
	}
	return all
})
