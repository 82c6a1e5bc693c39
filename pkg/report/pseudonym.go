package report

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"net/netip"
)

// DayKey is the secret that pseudonyms of one UTC day are made with. It is kept
// in memory and in one file of mode 0600, or in Redis, and is deleted after two
// days. Without it a pseudonym cannot be traced to an address. With it, trying
// every address would do, so keys and pseudonyms must be stored apart.
type DayKey [32]byte

// Reporter is the pseudonym of a sender for one service and one day. All
// senders at an address share Address, so that stores can limit the devices
// behind it.
type Reporter struct {
	Address uint64
	Device  uint64
}

// IsZero reports whether r is no sender.
func (r Reporter) IsZero() bool { return r == Reporter{} }

// Network is the pseudonym of a /24 (IPv4), a /48 (IPv6) or a named source, for
// one service and one day. Its lower holderBits are the pseudonym of the Holder
// that the network belongs to.
type Network uint64

// Holder is the pseudonym of a /16 (IPv4), a /29 (IPv6) or a named source, for one
// service and one day: what one party is likely to hold. A member of RIPE
// NCC gets up to a /29 of IPv6 for the asking (ripe-738, section 5.1.1).
//
// Of 1,000 holders of a service, two have the same pseudonym on one day in 500.
// They then count as one.
type Holder uint32

// holderBits is the number of bits of a Holder.
const holderBits = 28

// HolderMask has the bits of a Network that are its Holder.
const HolderMask = 1<<holderBits - 1

// Holder returns the holder of n.
func (n Network) Holder() Holder { return Holder(n & HolderMask) }

// OfHolder returns the network that n counts as where there is no room for more
// networks: one for each holder.
func (n Network) OfHolder() Network { return n & HolderMask }

// Coarse returns the network that n counts as where there is no room for more
// holders: one of 64.
func (n Network) Coarse() Network { return n & 63 }

// within returns n as a network of a holder.
func (n Network) within(holder uint64) Network {
	return n&^HolderMask | Network(holder&HolderMask)
}

// Tags of what a pseudonym is made from. The tag is hashed first, so that
// pseudonyms of different kinds never match.
const (
	tagAddress = iota + 1
	tagDevice
	tagSource
	tagSourceDevice
	tagHousehold
	tagNetwork
	tagSourceNetwork
	tagHolder
	tagSourceLimit
	tagSystem
	tagBlock
)

// Reporter returns the pseudonym of a device at addr. An IPv6 address counts as
// its /64, which belongs to one household or phone. An IPv6 address that embeds
// an IPv4 address counts as that one.
func (k *DayKey) Reporter(service string, addr netip.Addr, device string) Reporter {
	home := household(addr)
	return Reporter{
		Address: k.sum(tagAddress, service, home),
		Device:  k.sum(tagDevice, service, home, device),
	}
}

// SourceReporter returns the pseudonym of a device of a named source, such as
// the owner of a key. It is for senders without an address.
func (k *DayKey) SourceReporter(service, source, device string) Reporter {
	return Reporter{
		Address: k.sum(tagSource, service, netip.Addr{}, source),
		Device:  k.sum(tagSourceDevice, service, netip.Addr{}, source, device),
	}
}

// Household returns the pseudonym of addr, or of the /64 of an IPv6 address,
// for all services. It is for rate limits and is never stored.
func (k *DayKey) Household(addr netip.Addr) uint64 {
	return k.sum(tagHousehold, "", household(addr))
}

// Network returns the pseudonym of the network of addr for one service. All
// invalid addresses are one network.
func (k *DayKey) Network(service string, addr netip.Addr) Network {
	return k.networkAlone(service, addr).within(k.sum(tagHolder, service, holderOf(addr)))
}

// NetworkOfSystem is Network with an autonomous system as the holder.
func (k *DayKey) NetworkOfSystem(service string, addr netip.Addr, system string) Network {
	return k.networkAlone(service, addr).within(k.sum(tagSystem, service, netip.Addr{}, system))
}

// networkAlone returns the pseudonym of the network of addr without its holder.
func (k *DayKey) networkAlone(service string, addr netip.Addr) Network {
	return Network(k.sum(tagNetwork, service, networkOf(addr)))
}

// SourceNetwork returns the pseudonym of a named source for one service. A source
// is a holder of its own.
func (k *DayKey) SourceNetwork(service, source string) Network {
	return Network(k.sum(tagSourceNetwork, service, netip.Addr{}, source))
}

// SourceLimit returns the pseudonym of a named source for all services. It is for
// rate limits and is never stored.
func (k *DayKey) SourceLimit(source string) uint64 {
	return k.sum(tagSourceLimit, "", netip.Addr{}, source)
}

// household returns the address of the household of addr: an IPv4 address or the
// start of a /64.
func household(addr netip.Addr) netip.Addr { return truncate(addr, 32, 64) }

// networkOf returns the first address of the network of addr: a /24 or a /48.
func networkOf(addr netip.Addr) netip.Addr { return truncate(addr, 24, 48) }

// holderOf returns the first address of what the holder of addr is likely to hold: a
// /16 or a /29.
func holderOf(addr netip.Addr) netip.Addr { return truncate(addr, 16, 29) }

// Prefixes of IPv6 addresses that embed an IPv4 address. The holder of one IPv4
// address holds a whole /48 of 6to4, and chooses most bits of a Teredo address.
var (
	sixToFour = netip.MustParsePrefix("2002::/16")
	nat64     = netip.MustParsePrefix("64:ff9b::/96")
	teredo    = netip.MustParsePrefix("2001::/32")
)

// truncate returns the first address of the prefix of addr with bits4 or bits6
// bits. All Teredo addresses are one prefix.
func truncate(addr netip.Addr, bits4, bits6 int) netip.Addr {
	addr = withoutTunnel(addr.Unmap())
	bits := bits6
	if addr.Is4() {
		bits = bits4
	} else if teredo.Contains(addr) {
		bits = min(bits6, teredo.Bits())
	}
	p, err := addr.Prefix(bits)
	if err != nil {
		return netip.Addr{} // addr is the zero Addr
	}
	return p.Addr()
}

// withoutTunnel returns the IPv4 address that addr embeds, or addr itself.
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

// sum returns the first 8 bytes of the HMAC-SHA-256 under k of tag and the other
// parts. Each part follows its length, so that different lists of parts never
// give the same bytes.
//
// HMAC is implemented here because crypto/hmac makes 7 allocations and takes
// twice the time, and sum is called five times a submission. A test compares
// the two.
func (k *DayKey) sum(tag byte, service string, addr netip.Addr, texts ...string) uint64 {
	var buf [512]byte // on the stack; append moves longer texts to the heap
	pad := buf[:sha256.BlockSize]
	copy(pad, innerPad[:])
	subtle.XORBytes(pad, pad, k[:])
	inner := sha256.Sum256(appendParts(pad, tag, service, addr, texts))
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

// appendParts appends what sum hashes.
func appendParts(b []byte, tag byte, service string, addr netip.Addr, texts []string) []byte {
	b = append(b, tag)
	b = appendText(b, service)
	a := addr.As16()
	b = append(append(b, byte(addr.BitLen())), a[:]...)
	for _, t := range texts {
		b = appendText(b, t)
	}
	return b
}

func appendText(b []byte, t string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(t))), t...)
}
