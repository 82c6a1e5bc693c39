package report

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"net/netip"
)

// DayKey is the secret of one UTC day. It lives in memory and in one file of
// mode 0600 (or in Redis) and is destroyed after two days; without it nobody
// can tell which address a pseudonym stands for. Whoever holds both key and
// pseudonyms could try every address: keep them apart.
type DayKey [32]byte

// Reporter is the pseudonym of a sender for one service and day. Senders at
// one address share Address, so that the devices behind it can be bounded.
type Reporter struct {
	Address uint64
	Device  uint64
}

// IsZero tells whether r stands for nobody.
func (r Reporter) IsZero() bool { return r == Reporter{} }

// Network is the pseudonym of a /24 (IPv4), a /48 (IPv6), or another source
// whose evidence is capped as one, for one day.
type Network uint64

// What a pseudonym stands for. It is hashed first, so that no two of them can
// be compared.
const (
	ofAddress = iota + 1
	ofDevice
	ofSource
	ofSourceDevice
	ofHousehold
	ofNetwork
	ofSourceNetwork
)

// Reporter returns the pseudonym of the sender at addr. An IPv6 address counts
// as its /64, which is what one household or phone holds, or as the IPv4
// address that it holds.
func (k *DayKey) Reporter(service string, addr netip.Addr, device string) Reporter {
	place := household(addr)
	return Reporter{
		Address: k.sum(ofAddress, service, place),
		Device:  k.sum(ofDevice, service, place, device),
	}
}

// SourceReporter returns the pseudonym of a sender that is known only as
// device of a named source, such as the owner of a key.
func (k *DayKey) SourceReporter(service, source, device string) Reporter {
	return Reporter{
		Address: k.sum(ofSource, service, netip.Addr{}, source),
		Device:  k.sum(ofSourceDevice, service, netip.Addr{}, source, device),
	}
}

// Household returns the pseudonym of addr, or of the /64 of an IPv6 address,
// over all services. It is for rate limits and never stored.
func (k *DayKey) Household(addr netip.Addr) uint64 {
	return k.sum(ofHousehold, "", household(addr))
}

// Network returns the pseudonym of addr's network. All invalid addresses are
// one network, so that they cannot pass for many.
func (k *DayKey) Network(addr netip.Addr) Network {
	return Network(k.sum(ofNetwork, "", truncate(addr, 24, 48)))
}

// SourceNetwork returns the pseudonym of a named source.
func (k *DayKey) SourceNetwork(source string) Network {
	return Network(k.sum(ofSourceNetwork, "", netip.Addr{}, source))
}

func household(addr netip.Addr) netip.Addr { return truncate(addr, 32, 64) }

// Ways to write IPv4 in IPv6. Whoever holds one IPv4 address holds a /48 of
// 6to4, and chooses most of a Teredo address.
var (
	sixToFour = netip.MustParsePrefix("2002::/16")
	nat64     = netip.MustParsePrefix("64:ff9b::/96")
	teredo    = netip.MustParsePrefix("2001::/32")
)

// prefix cuts addr to so many bits. IPv4 in IPv6 is IPv4, and all of Teredo is
// one.
func truncate(addr netip.Addr, bits4, bits6 int) netip.Addr {
	addr = withoutTunnel(addr.Unmap())
	bits := bits6
	if addr.Is4() {
		bits = bits4
	} else if teredo.Contains(addr) {
		bits = teredo.Bits()
	}
	p, err := addr.Prefix(bits)
	if err != nil {
		return netip.Addr{} // addr is the zero Addr
	}
	return p.Addr()
}

// withoutTunnel returns the IPv4 address in addr, or addr if it holds none.
func withoutTunnel(addr netip.Addr) netip.Addr {
	addr = addr.WithZone("") // no prefix contains an address with a zone
	b := addr.As16()
	switch {
	case sixToFour.Contains(addr):
		return netip.AddrFrom4([4]byte(b[2:6]))
	case nat64.Contains(addr):
		return netip.AddrFrom4([4]byte(b[12:16]))
	}
	return addr
}

// sum is the beginning of HMAC-SHA-256 under k of what the pseudonym stands for
// and its parts, each preceded by its length so that no two lists of parts run
// together.
//
// The HMAC is written out because crypto/hmac needs 7 allocations and twice the
// time, and this runs four times a submission; a test compares the two.
func (k *DayKey) sum(of byte, service string, place netip.Addr, texts ...string) uint64 {
	var buf [512]byte // stays on the stack; longer texts are moved off it
	pad := buf[:sha256.BlockSize]
	copy(pad, innerPad[:])
	subtle.XORBytes(pad, pad, k[:])
	inner := sha256.Sum256(appendParts(pad, of, service, place, texts))
	copy(pad, outerPad[:])
	subtle.XORBytes(pad, pad, k[:])
	outer := sha256.Sum256(append(pad, inner[:]...))
	return binary.BigEndian.Uint64(outer[:])
}

// The pads of HMAC (RFC 2104).
var (
	innerPad = [sha256.BlockSize]byte(bytes.Repeat([]byte{0x36}, sha256.BlockSize))
	outerPad = [sha256.BlockSize]byte(bytes.Repeat([]byte{0x5c}, sha256.BlockSize))
)

func appendParts(b []byte, of byte, service string, place netip.Addr, texts []string) []byte {
	b = append(b, of)
	b = appendText(b, service)
	a := place.As16()
	b = append(append(b, byte(place.BitLen())), a[:]...)
	for _, t := range texts {
		b = appendText(b, t)
	}
	return b
}

func appendText(b []byte, t string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(t))), t...)
}
