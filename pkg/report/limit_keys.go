package report

import "net/netip"

// Tags of pseudonyms that only rate limits use.
const (
	tagNetworkLimit = iota + 64
	tagHolderLimit
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

// Prefixes returns what addr belongs to, for limits that stay in memory: its
// household, its network and its holder. Each is the first address of its
// prefix, and the zero Addr for one that is none.
func Prefixes(addr netip.Addr) [3]netip.Addr {
	return [3]netip.Addr{household(addr), networkOf(addr), holderOf(addr)}
}
