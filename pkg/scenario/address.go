package scenario

import (
	"math"
	"math/rand/v2"
	"net/netip"
)

// People report from fd00::/8, the range for local use, which nobody has on the
// internet. The second byte is the country and the third is the holder: a /29 of
// its own. A /48 is a network and a /64 is a household. Each country has 1,024
// networks. Brigades press from the ranges for documentation.
const networksPerCountry = 1024

// networkSkew sets how uneven the networks of a country are. With skew c the
// largest network has ln((c+1)/c) / ln((1024+c)/c) of the country's reports:
// 4 % for c = 4, and the ten largest together have 23 %.
const networkSkew = 4

// holdersOfTwenty are the holders of each twenty networks: of eleven holders the
// largest has a quarter, the four largest have 65 %. That is a country with two
// large carriers, each with an IPv6 allocation and a few IPv4 ranges, and some
// smaller ones; large countries have hundreds of holders.
var holdersOfTwenty = [20]byte{0, 1, 2, 0, 4, 1, 3, 0, 2, 5, 0, 1, 6, 3, 7, 0, 2, 8, 9, 10}

// addressPool hands out addresses of people. It repeats an address only after
// it has handed out all 65,536 households of the network.
type addressPool struct {
	next []uint16
}

func newAddressPool(rng *rand.Rand) *addressPool {
	p := &addressPool{next: make([]uint16, len(countries)*networksPerCountry)}
	for i := range p.next {
		p.next[i] = uint16(rng.Uint32())
	}
	return p
}

// in returns an address of the country with this index in countries.
func (p *addressPool) in(rng *rand.Rand, country int) netip.Addr {
	rank := int(networkSkew*math.Pow((networksPerCountry+networkSkew)/float64(networkSkew), rng.Float64())) - networkSkew
	network := country*networksPerCountry + min(rank, networksPerCountry-1)
	household := p.next[network]
	p.next[network] += 40503 // an odd step visits all 65,536 households in no visible order
	return netip.AddrFrom16([16]byte{
		0xfd, byte(country), holdersOfTwenty[network%len(holdersOfTwenty)], 0, byte(network >> 8), byte(network),
		byte(household >> 8), byte(household), 15: 1,
	})
}

// brigadeNetworks is the part of the documentation range that belongs to no country.
var brigadeNetworks = netip.MustParsePrefix("2001:db8:fc00::/38")
