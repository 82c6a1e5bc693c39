package report

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"net/netip"
	"strings"
	"testing"
)

var testKey = DayKey{1, 2, 3, 31: 9}

func addr(s string) netip.Addr { return netip.MustParseAddr(s) }

func TestSumIsTheStartOfAnHMAC(t *testing.T) {
	for _, texts := range [][]string{nil, {""}, {"device"}, {"source", "device"}, {strings.Repeat("x", 600)}} {
		for _, place := range []netip.Addr{{}, addr("203.0.113.7"), addr("2001:db8::1")} {
			mac := hmac.New(sha256.New, testKey[:])
			mac.Write(appendParts(nil, tagDevice, "whatsapp", place, texts))
			want := binary.BigEndian.Uint64(mac.Sum(nil))
			if got := testKey.sum(tagDevice, "whatsapp", place, texts...); got != want {
				t.Errorf("sum(whatsapp, %v, %.20q) = %x, want %x as crypto/hmac computes", place, texts, got, want)
			}
		}
	}
}

func TestAReporterIsADeviceAtAnAddressForOneServiceAndDay(t *testing.T) {
	base := testKey.Reporter("whatsapp", addr("203.0.113.7"), "phone")
	if base.IsZero() {
		t.Fatal("Reporter = the zero Reporter; want a pseudonym")
	}
	if got := testKey.Reporter("whatsapp", addr("::ffff:203.0.113.7"), "phone"); got != base {
		t.Errorf("IPv4 in IPv6 is %v, want %v as the IPv4 address", got, base)
	}
	if got := testKey.Reporter("whatsapp", addr("203.0.113.7"), "laptop"); got.Address != base.Address || got.Device == base.Device {
		t.Errorf("another device of an address is %v beside %v, want the same Address and another Device", got, base)
	}
	other := testKey
	other[0]++
	for name, got := range map[string]Reporter{
		"another service":            testKey.Reporter("telegram", addr("203.0.113.7"), "phone"),
		"another address":            testKey.Reporter("whatsapp", addr("203.0.113.8"), "phone"),
		"another day":                other.Reporter("whatsapp", addr("203.0.113.7"), "phone"),
		"a source of the same name":  testKey.SourceReporter("whatsapp", "203.0.113.7", "phone"),
		"the IPv6 form of the bytes": testKey.Reporter("whatsapp", addr("::cb00:7107"), "phone"),
	} {
		if got.Address == base.Address || got.Device == base.Device {
			t.Errorf("%s is %v, want neither part of %v", name, got, base)
		}
	}

	home := testKey.Reporter("whatsapp", addr("2001:db8:1:2::1"), "phone")
	if got := testKey.Reporter("whatsapp", addr("2001:db8:1:2:ffff::9%eth0"), "phone"); got != home {
		t.Errorf("another address of a /64 is %v, want %v", got, home)
	}
	if got := testKey.Reporter("whatsapp", addr("2001:db8:1:3::1"), "phone"); got.Address == home.Address {
		t.Error("addresses of two /64 have one pseudonym")
	}
}

func TestSourceReporterPartsDoNotRunTogether(t *testing.T) {
	a := testKey.SourceReporter("whatsapp", "key:a", "bc")
	b := testKey.SourceReporter("whatsapp", "key:ab", "c")
	if a.Device == b.Device {
		t.Error("device bc of key:a and device c of key:ab have one pseudonym")
	}
	long := strings.Repeat("x", 256) // its length has a low byte of zero
	if testKey.SourceReporter("whatsapp", long, "c").Device == testKey.SourceReporter("whatsapp", "", long[:255]+"c").Device {
		t.Error("a long source runs into its device")
	}
}

func TestANetworkIsAPrefixOrASource(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"203.0.113.7", "203.0.113.250", true},
		{"203.0.113.7", "203.0.112.7", false},
		{"203.0.113.7", "::ffff:203.0.113.8", true},
		{"2001:db8:1:2::1", "2001:db8:1:ffff::9", true},
		{"2001:db8:1:2::1", "2001:db8:1:2::1%eth0", true},
		{"2001:db8:1::1", "2001:db8:2::1", false},
		{"203.0.113.7", "2002:cb00:7109:1::1", true}, // 6to4
		{"2002:cb00:7107::1", "2002:cb00:7207::1", false},
		{"203.0.113.7", "64:ff9b::cb00:7109", true}, // NAT64
		{"64:ff9b::cb00:7107", "64:ff9b::cb00:7207", false},
		{"64:ff9b:0:0:0:1:cb00:7107", "203.0.113.7", false}, // beside the /96
		{"2001:0:1:2::1", "2001:0:3:4::5", true},            // Teredo
		{"2001:0:1:2::1", "2001:1:1:2::1", false},
	} {
		if got := testKey.Network("whatsapp", addr(c.a)) == testKey.Network("whatsapp", addr(c.b)); got != c.same {
			t.Errorf("%s and %s in one network: %v, want %v", c.a, c.b, got, c.same)
		}
	}
	if testKey.Network("whatsapp", netip.Addr{}) == testKey.SourceNetwork("whatsapp", "") {
		t.Error("the zero Addr and a source have one network")
	}
}

func TestAHolderIsAPrefixOrASource(t *testing.T) {
	holder := func(service, a string) Holder { return testKey.Network(service, addr(a)).Holder() }
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"203.0.113.7", "203.0.7.250", true},
		{"203.0.113.7", "203.1.113.7", false},
		{"203.0.113.7", "::ffff:203.0.5.8", true},
		{"203.0.113.7", "2002:cb00:0507::1", true}, // 6to4
		{"2400:1000::1", "2400:1000:ffff::1", true},
		{"2400:1000::1", "2400:1007:1::1", true},
		{"2400:1000::1", "2400:1008::1", false},
		{"2001:0:1:2::1", "2001:0:3:4::5", true}, // Teredo
	} {
		if got := holder("whatsapp", c.a) == holder("whatsapp", c.b); got != c.same {
			t.Errorf("%s and %s have one holder: %v, want %v", c.a, c.b, got, c.same)
		}
	}
	if a := testKey.SourceNetwork("whatsapp", "key:1"); a.Holder() == testKey.SourceNetwork("whatsapp", "key:2").Holder() {
		t.Error("two sources have one holder")
	}
}

// Rows of different services must not be joined by the network they came from.
func TestNetworksOfTwoServicesCannotBeJoined(t *testing.T) {
	a := addr("2400:1000:1::1")
	one, other := testKey.Network("whatsapp", a), testKey.Network("facebook", a)
	if one == other || one.Holder() == other.Holder() {
		t.Errorf("networks %x and %x of two services share a pseudonym", one, other)
	}
	if testKey.SourceNetwork("whatsapp", "key:1") == testKey.SourceNetwork("facebook", "key:1") {
		t.Error("a source has the same network for two services")
	}
}

func TestAHouseholdIsAnIPv4AddressOrASlash64(t *testing.T) {
	if testKey.Household(addr("2001:db8:1:2::1")) != testKey.Household(addr("2001:db8:1:2::2")) {
		t.Error("two addresses of a /64 are two households")
	}
	if testKey.Household(addr("203.0.113.7")) == testKey.Household(addr("203.0.113.8")) {
		t.Error("two IPv4 addresses are one household")
	}
	for _, tunnelled := range []string{"2002:cb00:7107::1", "2002:cb00:7107:ffff::1", "64:ff9b::203.0.113.7"} {
		if testKey.Household(addr(tunnelled)) != testKey.Household(addr("203.0.113.7")) {
			t.Errorf("%s is not the household of 203.0.113.7", tunnelled)
		}
		if testKey.Household(addr(tunnelled)) == testKey.Household(addr("203.0.113.8")) {
			t.Errorf("%s is the household of 203.0.113.8", tunnelled)
		}
	}
}

func TestPseudonymsDoNotAllocate(t *testing.T) {
	a := addr("2001:db8:1:2::1")
	got := testing.AllocsPerRun(100, func() {
		testKey.Reporter("whatsapp", a, "0190b1a4-7a30-7cc1-b0d5-2f6a9d1c8e11")
		testKey.SourceReporter("whatsapp", "key:1", "0190b1a4-7a30-7cc1-b0d5-2f6a9d1c8e11")
		testKey.Network("whatsapp", a)
		testKey.Household(a)
	})
	if got != 0 {
		t.Errorf("the pseudonyms of a report take %v allocations, want none", got)
	}
}

func BenchmarkReporter(b *testing.B) {
	a := addr("2001:db8:1:2::1")
	for b.Loop() {
		testKey.Reporter("whatsapp", a, "0190b1a4-7a30-7cc1-b0d5-2f6a9d1c8e11")
	}
}
