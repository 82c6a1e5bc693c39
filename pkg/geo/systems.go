package geo

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/oschwald/maxminddb-golang/v2"
)

// Systems finds the autonomous system of an IP address: the network operator that
// announces it. It is safe for concurrent use until it is closed.
type Systems struct {
	file   *maxminddb.Reader
	layout string // field of the number in the file's records
}

// OpenSystems returns the Systems in the .mmdb file at path. An open file must not
// be changed in place.
func OpenSystems(path string) (*Systems, error) {
	file, err := maxminddb.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open the database of autonomous systems %s (OUTCRY_ASN): %w", path, err)
	}
	s := &Systems{file: file}
	if err := s.findLayout(); err != nil {
		return nil, errors.Join(fmt.Errorf("read the database of autonomous systems %s (OUTCRY_ASN): %w", path, err), file.Close())
	}
	return s, nil
}

// Close releases the file.
func (s *Systems) Close() error { return s.file.Close() }

// Of returns the autonomous system of addr, such as "64496". It is empty if the
// database has none.
func (s *Systems) Of(addr netip.Addr) string {
	if !addr.IsValid() {
		return ""
	}
	return systemOf(s.file.Lookup(addr.Unmap()), s.layout)
}

// systemLayouts are the fields of the number in common databases: the first in
// those of MaxMind and DB-IP, the second in those of IPinfo, as "AS64496".
var systemLayouts = []string{"autonomous_system_number", "asn"}

// findLayout finds the layout of the first record that has a number.
func (s *Systems) findLayout() error {
	probes := 0
	for network := range s.file.Networks() {
		if err := network.Err(); err != nil {
			return err
		}
		for _, layout := range systemLayouts {
			if systemOf(network, layout) != "" {
				s.layout = layout
				return nil
			}
		}
		if probes++; probes == maxProbes {
			break
		}
	}
	return fmt.Errorf("none of its first %d networks has an autonomous_system_number or asn", probes)
}

// systemOf returns the number in a field of a record, which is a number or a text.
func systemOf(record maxminddb.Result, layout string) string {
	var number uint32
	if record.DecodePath(&number, layout) == nil && number > 0 {
		return fmt.Sprint(number)
	}
	var text string
	if record.DecodePath(&text, layout) == nil {
		return strings.TrimPrefix(text, "AS")
	}
	return ""
}
