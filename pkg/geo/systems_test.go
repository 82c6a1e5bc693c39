package geo

import (
	"net/netip"
	"os"
	"path/filepath"
	"testing"
)

func TestTheSystemOfAnAddressIsRead(t *testing.T) {
	for name, record := range map[string]func(number uint32, text string) []byte{
		"a number": func(n uint32, _ string) []byte { return field("autonomous_system_number", number32(n)) },
		"a text":   func(_ uint32, s string) []byte { return field("asn", text(s)) },
	} {
		t.Run(name, func(t *testing.T) {
			s, err := OpenSystems(writeDatabase(t,
				entry("1.0.0.0/24", continent("OC")),
				entry("198.51.0.0/16", record(64496, "AS64496")),
				entry("203.0.0.0/16", record(64496, "AS64496")),
				entry("2001:db8::/32", record(64511, "AS64511")),
			))
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			for addr, want := range map[string]string{
				"198.51.100.7": "64496", "203.0.113.7": "64496", "::ffff:203.0.113.7": "64496", "2001:db8:1::1": "64511",
				"1.0.0.1": "", "8.8.8.8": "",
			} {
				if got := s.Of(netip.MustParseAddr(addr)); got != want {
					t.Errorf("Of(%s) = %q, want %q", addr, got, want)
				}
			}
			if got := s.Of(netip.Addr{}); got != "" {
				t.Errorf("Of the zero Addr = %q, want none", got)
			}
		})
	}
}

func TestOpenSystemsRefusesFilesWithoutSystems(t *testing.T) {
	garbage := filepath.Join(t.TempDir(), "garbage.mmdb")
	if err := os.WriteFile(garbage, []byte("garbage"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{
		"a missing file": filepath.Join(t.TempDir(), "missing.mmdb"), "garbage": garbage,
		"a database of countries": writeDatabase(t, entry("1.0.0.0/24", nested("AU"))),
	} {
		if _, err := OpenSystems(path); err == nil {
			t.Errorf("%s is opened, want an error", name)
		}
	}
}
