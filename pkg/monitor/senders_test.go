package monitor_test

import (
	"encoding/binary"
	"maps"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
)

// senders draws the address of a sender.
type senders func(rng *rand.Rand) netip.Addr

// within returns an address of a prefix at random.
func within(prefix string) senders {
	p := netip.MustParsePrefix(prefix)
	return func(rng *rand.Rand) netip.Addr { return draw(rng, p) }
}

func draw(rng *rand.Rand, p netip.Prefix) netip.Addr {
	if p.Addr().Is4() {
		first := p.Addr().As4()
		n := binary.BigEndian.Uint32(first[:]) | uint32(rng.Uint64())&(1<<(32-p.Bits())-1)
		return netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, n)))
	}
	first := p.Addr().As16()
	high := binary.BigEndian.Uint64(first[:8])
	if bits := 64 - p.Bits(); bits > 0 {
		high |= rng.Uint64() & (1<<bits - 1)
	}
	return netip.AddrFrom16([16]byte(binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, high), 1)))
}

// mix returns the senders of several prefixes, of which each has a share.
func mix(shares map[string]float64) senders {
	type part struct {
		prefix netip.Prefix
		share  float64
	}
	var parts []part
	total := 0.0
	for _, prefix := range sortedKeys(shares) {
		parts = append(parts, part{netip.MustParsePrefix(prefix), shares[prefix]})
		total += shares[prefix]
	}
	return func(rng *rand.Rand) netip.Addr {
		x := rng.Float64() * total
		for _, p := range parts {
			if x -= p.share; x < 0 {
				return draw(rng, p.prefix)
			}
		}
		return draw(rng, parts[0].prefix)
	}
}

// Mixes of the addresses of people, by the kind of place they are in. Shares are
// those of the largest access networks in public measurements of such countries:
// two carriers with four in five users, and IPv6 for most of a mobile carrier's.
var mixes = map[string]senders{
	"a large country": func(rng *rand.Rand) netip.Addr {
		if rng.IntN(2) == 0 {
			return draw(rng, netip.PrefixFrom(netip.AddrFrom4([4]byte{49, byte(rng.IntN(200)), 0, 0}), 16))
		}
		return draw(rng, netip.PrefixFrom(netip.AddrFrom16([16]byte{0x24, byte(rng.IntN(60)), 0x10}), 32))
	},
	"a small country with two carriers": mix(map[string]float64{
		"2400:1000::/32": 25, "37.111.0.0/16": 12, "37.112.0.0/16": 8, "2401:2000::/32": 22, "119.30.0.0/16": 13,
		"103.4.0.0/16": 5, "103.9.0.0/16": 5, "27.147.0.0/16": 4, "114.130.0.0/16": 3, "180.92.0.0/16": 2, "45.64.0.0/16": 1,
	}),
	"carriers that are mostly on IPv6": mix(map[string]float64{
		"2409:4000::/32": 38, "2401:4900::/32": 24, "2402:8100::/32": 14, "49.32.0.0/16": 5, "117.200.0.0/16": 4,
		"122.160.0.0/16": 4, "106.51.0.0/16": 4, "59.90.0.0/16": 3, "27.56.0.0/16": 2, "103.21.0.0/16": 2,
	}),
	"the customers of a carrier on Wi-Fi": mix(map[string]float64{
		"73.0.0.0/16": 12, "73.1.0.0/16": 10, "98.200.0.0/16": 10, "24.5.0.0/16": 9, "71.60.0.0/16": 9, "108.20.0.0/16": 8,
		"2601:0::/29": 20, "2600:1700::/29": 14, "47.150.0.0/16": 8,
	}),
}

// sortedKeys returns the keys of m in order.
func sortedKeys(m map[string]float64) []string { return slices.Sorted(maps.Keys(m)) }

// skipSlow skips a test that takes many seconds, and minutes with the race detector:
// one monitor runs in one goroutine there, as in the shorter tests.
func skipSlow(t *testing.T) {
	t.Helper()
	if testing.Short() || withRaceDetector {
		t.Skip("this test takes many seconds")
	}
}
