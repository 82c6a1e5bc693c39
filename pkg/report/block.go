package report

import (
	"fmt"
	"net/netip"
	"time"
)

// Block is a network from which nothing is taken, as a pseudonym of one UTC day.
type Block struct {
	Day   int64     `json:"day"` // of the key, since the Unix epoch
	V6    bool      `json:"v6"`
	Bits  int       `json:"bits"` // length of the prefix
	Hash  uint64    `json:"hash,string"`
	Until time.Time `json:"until,omitzero"`
}

// String describes b without its pseudonym, such as "IPv4 /24".
func (b Block) String() string {
	family := 4
	if b.V6 {
		family = 6
	}
	return fmt.Sprintf("IPv%d /%d", family, b.Bits)
}

// Block returns the pseudonym of a network: of addr with this many bits. It is the
// same for all services.
func (k *DayKey) Block(addr netip.Addr, bits int) uint64 {
	return k.sum(tagBlock, fmt.Sprint(bits), truncate(addr, bits, bits))
}

// IsV6 reports whether addr counts as an IPv6 address: one that embeds an IPv4
// address counts as that.
func IsV6(addr netip.Addr) bool { return !withoutTunnel(addr.Unmap()).Is4() }
