package scenario

import (
	"math"
	"math/rand/v2"
	"net/netip"
)

// People report from 2001:db8::/32, the range for documentation: a /48 is a
// network, of which each country has its own 1,024, and a /64 is a household.
// The last 1,024 networks are for brigades.
const networksPerCountry = 1024

// largest sets how uneven networks are: the first has ln((c+1)/c) / ln((1024+c)/c)
// of a country's reports, 4 % for c = 4, and the ten largest have 23 %.
const largest = 4

// homes hands out addresses. An address comes again only after its network had
// 65,536 others.
type homes struct {
	next []uint16
}

func newHomes(rng *rand.Rand) *homes {
	h := &homes{next: make([]uint16, len(countries)*networksPerCountry)}
	for i := range h.next {
		h.next[i] = uint16(rng.Uint32())
	}
	return h
}

// in returns an address of the country with this index.
func (h *homes) in(rng *rand.Rand, country int) netip.Addr {
	rank := int(largest*math.Pow((networksPerCountry+largest)/float64(largest), rng.Float64())) - largest
	network := country*networksPerCountry + min(rank, networksPerCountry-1)
	home := h.next[network]
	h.next[network] += 40503 // odd, so that all 65,536 are visited, in no visible order
	return netip.AddrFrom16([16]byte{
		0x20, 0x01, 0x0d, 0xb8, byte(network >> 8), byte(network), byte(home >> 8), byte(home),
		15: 1,
	})
}

// brigadeNetworks is the part of the range that no country has.
var brigadeNetworks = netip.MustParsePrefix("2001:db8:fc00::/38")
