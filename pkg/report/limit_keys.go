package report

import "net/netip"

// Tags of pseudonyms that only rate limits use.
const (
	tagNetworkLimit = iota + 64
	tagHolderLimit
	tagProof
	tagStamp
)

// NetworkLimit returns the pseudonym of the /24 (IPv4) or /48 (IPv6) of addr, for
// all services. Like Household it is for rate limits and is never stored.
func (k *DayKey) NetworkLimit(addr netip.Addr) uint64 {
	return k.sum(tagNetworkLimit, "", networkOf(addr))
}

// HolderLimit returns the pseudonym of the /16 (IPv4) or /29 (IPv6) of addr, for
// all services. It is for rate limits and is never stored.
func (k *DayKey) HolderLimit(addr netip.Addr) uint64 {
	return k.sum(tagHolderLimit, "", holderOf(addr))
}

// Proof returns the keyed hash of a text for an address, or for the /64 of an IPv6
// address, and a service. It is never stored.
func (k *DayKey) Proof(service string, addr netip.Addr, text string) uint64 {
	return k.sum(tagProof, service, household(addr), text)
}

// Stamp returns the keyed hash of a text that all senders get. It is never stored.
func (k *DayKey) Stamp(text string) uint64 {
	return k.sum(tagStamp, "", netip.Addr{}, text)
}

// Prefixes returns what addr belongs to, for limits that stay in memory: its
// household, its network and its holder. Each is the first address of its
// prefix, and the zero Addr for one that is none.
func Prefixes(addr netip.Addr) [3]netip.Addr {
	return [3]netip.Addr{household(addr), networkOf(addr), holderOf(addr)}
}
