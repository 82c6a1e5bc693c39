// Package geo tells which country an address is in, as far as a database knows.
// It is right for most people and wrong for some: for those who roam, use a VPN,
// or sit behind a satellite.
//
// The default database is part of the program. Its notice, for pages, README and
// NOTICE: this product includes IP2Location LITE data available from
// https://lite.ip2location.com, licensed under CC BY-SA 4.0, through the MIT
// licensed module github.com/phuslu/iploc. An operator's own database may
// replace it.
package geo

import (
	"errors"
	"fmt"
	"net/netip"

	"github.com/oschwald/maxminddb-golang/v2"
	"github.com/phuslu/iploc"

	"github.com/outcry/outcry/pkg/report"
)

// Locator finds countries of addresses. It may be used from many goroutines
// until it is closed.
type Locator struct {
	file   *maxminddb.Reader // nil: the database in the program
	layout []any             // where the file's records hold the country
}

// Open returns a Locator with the database in the .mmdb file at path, or with
// the one in the program if path is empty. A file must not be changed in place
// while it is open: replace it by another, and start again.
func Open(path string) (*Locator, error) {
	if path == "" {
		iploc.IPCountry(netip.IPv6Unspecified()) // unpacks its IPv6 table, which would delay the first report
		return &Locator{}, nil
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

// Country returns the ISO 3166-1 alpha-2 code of the country that addr is in,
// and report.Unknown where the database knows none: for private, local and
// reserved addresses, and for the zero Addr. An operator's file may know
// private networks too.
func (l *Locator) Country(addr netip.Addr) string {
	if !addr.IsValid() {
		return report.Unknown
	}
	addr = addr.Unmap() // neither database takes IPv4 in IPv6 for what it is
	var code string
	if l.file == nil {
		code = iploc.IPCountry(addr)
	} else {
		code = l.inFile(addr)
	}
	if !isCode(code) {
		return report.Unknown
	}
	return code
}

// inFile returns what the file says, or nothing: also for a damaged record, and
// for an IPv6 address in a file of IPv4.
func (l *Locator) inFile(addr netip.Addr) string {
	var code string
	if err := l.file.Lookup(addr).DecodePath(&code, l.layout...); err != nil {
		return ""
	}
	return code
}

// Attribution is the sentence that the licence of the database asks for, or
// the name of the operator's.
func (l *Locator) Attribution() string {
	if l.file == nil {
		return "This product includes IP2Location LITE data available from https://lite.ip2location.com."
	}
	return fmt.Sprintf("Countries of addresses come from the database %s.", l.file.Metadata.DatabaseType)
}

// layouts are where the databases in use hold the country: MaxMind and DB-IP in
// the first, IPinfo and ip-location-db in the second.
var layouts = [][]any{{"country", "iso_code"}, {"country_code"}}

// probes is how many networks findLayout looks at: some hold only a continent.
const probes = 10_000

// findLayout returns the layout of the first record that has a country.
func findLayout(file *maxminddb.Reader) ([]any, error) {
	seen := 0
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
		if seen++; seen == probes {
			break
		}
	}
	return nil, fmt.Errorf("none of its first %d networks has a country.iso_code or country_code", seen)
}

func isCode(s string) bool {
	return len(s) == 2 && 'A' <= s[0] && s[0] <= 'Z' && 'A' <= s[1] && s[1] <= 'Z'
}
