package geo

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func openLocator(t *testing.T, path string) *Locator {
	t.Helper()
	l, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

func wantCountries(t *testing.T, l *Locator, want map[string]string) {
	t.Helper()
	for addr, country := range want {
		if got := l.Country(netip.MustParseAddr(addr)); got != country {
			t.Errorf("Country(%s) = %q, want %q", addr, got, country)
		}
	}
}

func TestCountryOfPublicAddresses(t *testing.T) {
	l := openLocator(t, "")
	// Access networks that have been in one country for years.
	wantCountries(t, l, map[string]string{
		"8.8.8.8":              "US",
		"::ffff:8.8.8.8":       "US",
		"2001:4860:4860::8888": "US",
		"103.48.16.1":          "BD",
		"117.192.0.1":          "IN",
		"2405:200::1":          "IN",
		"200.160.2.3":          "BR",
		"2a01:cb00::1":         "FR",
	})
	if got := l.Country(netip.Addr{}); got != "ZZ" {
		t.Errorf("Country of the zero Addr = %q, want ZZ", got)
	}
}

func TestReservedAddressesHaveNoCountry(t *testing.T) {
	l := openLocator(t, "")
	for _, addr := range []string{
		"0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "169.254.1.1", "172.16.0.1", "192.0.0.1", "192.0.2.1", "192.88.99.1",
		"192.168.1.1", "198.18.0.1", "198.51.100.7", "203.0.113.7", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::ffff:10.1.2.3",
		"::", "::1", "64:ff9b::808:808", "100::1", "2001::1", "2001:db8::1", "2002:808:808::1", "3fff::1", "fc00::1", "fe80::1", "fe80::1%eth0", "ff02::1",
	} {
		wantCountries(t, l, map[string]string{addr: "ZZ"})
	}
}

func TestCountryDoesNotAllocate(t *testing.T) {
	l := openLocator(t, "")
	for _, addr := range []string{"117.192.0.1", "::ffff:117.192.0.1", "2405:200::1"} {
		a := netip.MustParseAddr(addr)
		if got := testing.AllocsPerRun(100, func() { l.Country(a) }); got != 0 {
			t.Errorf("Country(%s) made %v allocations, want 0", addr, got)
		}
	}
}

func TestCountryReadsTheFileOfAnOperator(t *testing.T) {
	for name, record := range map[string]func(string) []byte{"country.iso_code": nested, "country_code": flat} {
		t.Run(name, func(t *testing.T) {
			l := openLocator(t, writeDatabase(t,
				entry("1.0.0.0/24", continent("OC")),
				entry("10.0.0.0/8", record("BD")),
				entry("198.51.100.0/24", record("europe")),
				entry("2001:db8::/32", record("IN")),
			))
			wantCountries(t, l, map[string]string{
				"10.1.2.3":        "BD", // the operator's own network
				"::ffff:10.1.2.3": "BD",
				"2001:db8:1::1":   "IN",
				"1.0.0.1":         "ZZ", // a record without country
				"198.51.100.7":    "ZZ", // no code
				"8.8.8.8":         "ZZ", // no record
			})
			if got := l.Attribution(); !strings.Contains(got, "Test-Country") {
				t.Errorf("Attribution() = %q, want it to name the database", got)
			}
		})
	}
}

func TestAttributionNamesTheEmbeddedDatabase(t *testing.T) {
	got := openLocator(t, "").Attribution()
	for _, part := range []string{"IP2Location LITE", "https://lite.ip2location.com"} {
		if !strings.Contains(got, part) {
			t.Errorf("Attribution() = %q, want %q in it", got, part)
		}
	}
}

func TestOpenRefusesFilesWithoutCountries(t *testing.T) {
	garbage := filepath.Join(t.TempDir(), "garbage.mmdb")
	if err := os.WriteFile(garbage, []byte("not a database"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{
		"a missing file":                filepath.Join(t.TempDir(), "missing.mmdb"),
		"a file that is not a database": garbage,
		"a database without countries":  writeDatabase(t, entry("1.0.0.0/24", continent("OC"))),
		"a database without any record": writeDatabase(t),
	} {
		if _, err := Open(path); err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "OUTCRY_GEOIP") {
			t.Errorf("Open of %s: error %v, want it to name the file and the setting", name, err)
		}
	}
}

func BenchmarkCountry(b *testing.B) {
	l, err := Open("")
	if err != nil {
		b.Fatal(err)
	}
	a := netip.MustParseAddr("117.192.0.1")
	b.ReportAllocs()
	for b.Loop() {
		l.Country(a)
	}
}
