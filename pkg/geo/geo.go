// Package geo finds the country of an IP address in a database. The answer is
// right for most people. It is often wrong for people who roam, use a VPN or
// connect through a satellite.
//
// The default database is embedded in the program; an operator's file may replace
// it. Its notice, for pages, README and NOTICE: this product includes IP2Location
// LITE data available from https://lite.ip2location.com, licensed under CC BY-SA
// 4.0, through the MIT licensed module github.com/phuslu/iploc.
package geo

import (
	"errors"
	"fmt"
	"net/netip"

	"github.com/oschwald/maxminddb-golang/v2"
	"github.com/phuslu/iploc"

	"github.com/outcry/outcry/pkg/report"
)

// Locator finds the countries of addresses. It is safe for concurrent use until it
// is closed.
type Locator struct {
	file   *maxminddb.Reader // nil for the embedded database
	layout []any             // path of the country code in the file's records
}

// Open returns a Locator for the .mmdb file at path, or for the embedded database if
// path is empty. An open file must not be changed in place. To update it, replace
// the file and restart the program.
func Open(path string) (*Locator, error) {
	if path == "" {
		return &Locator{}, nil // unpacks its table of IPv6 for the first such address
	}
	file, err := maxminddb.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open the address database %s (OUTCRY_GEOIP): %w", path, err)
	}
	layout, err := findLayout(file)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read the address database %s (OUTCRY_GEOIP): %w", path, err), file.Close())
	}
	return &Locator{file: file, layout: layout}, nil
}

// Close releases the file.
func (l *Locator) Close() error {
	if l.file == nil {
		return nil
	}
	return l.file.Close()
}

// Country returns the ISO 3166-1 alpha-2 code of the country of addr. It returns
// report.Unknown if the database has none, as for private, local and reserved
// addresses, and for the zero Addr. An operator's file may list private networks.
func (l *Locator) Country(addr netip.Addr) string {
	if !addr.IsValid() {
		return report.Unknown
	}
	addr = addr.Unmap() // neither database finds IPv4 addresses mapped to IPv6
	var code string
	if l.file == nil {
		code = iploc.IPCountry(addr)
	} else {
		code = l.lookUp(addr)
	}
	if !isCode(code) {
		return report.Unknown
	}
	return code
}

// lookUp returns the country code of addr in the file. It returns "" if there is
// none, if the record is damaged, and for an IPv6 address in a file of IPv4.
func (l *Locator) lookUp(addr netip.Addr) string {
	var code string
	if err := l.file.Lookup(addr).DecodePath(&code, l.layout...); err != nil {
		return ""
	}
	return code
}

// Attribution returns the sentence that the licence of the embedded database
// requires, or a sentence that names the operator's database.
func (l *Locator) Attribution() string {
	if l.file == nil {
		return "This product includes IP2Location LITE data available from https://lite.ip2location.com."
	}
	return fmt.Sprintf("Countries of addresses come from the database %s.", l.file.Metadata.DatabaseType)
}

// layouts are the paths of the country code in common databases: the first in those
// of MaxMind and DB-IP, the second in those of IPinfo and ip-location-db.
var layouts = [][]any{{"country", "iso_code"}, {"country_code"}}

// maxProbes is the most networks that findLayout reads. It is more than one because
// some records have only a continent.
const maxProbes = 10_000

// findLayout returns the layout of the first record that has a country code.
func findLayout(file *maxminddb.Reader) ([]any, error) {
	probes := 0
	for network := range file.Networks() {
		if err := network.Err(); err != nil {
			return nil, err
		}
		for _, layout := range layouts {
			var code string
			if network.DecodePath(&code, layout...) == nil && isCode(code) {
				return layout, nil
			}
		}
		if probes++; probes == maxProbes {
			break
		}
	}
	return nil, fmt.Errorf("none of its first %d networks has a country.iso_code or country_code", probes)
}

// isCode reports whether s is two capital letters.
func isCode(s string) bool {
	return len(s) == 2 && 'A' <= s[0] && s[0] <= 'Z' && 'A' <= s[1] && s[1] <= 'Z'
}
